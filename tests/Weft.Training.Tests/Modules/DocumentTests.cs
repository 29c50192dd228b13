using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>Several documents in a row are computed as if each were alone, by every mechanism, with gradients.</summary>
public class DocumentTests
{
    /// <summary>fp32 keeps 6e-8 of numbers of size 1 to 10 through two blocks, summed in another order.</summary>
    private const double Tolerance = 2e-5;

    private static readonly int[] Lengths = [9, 5, 7, 3];
    private static readonly int[] SourceLengths = [4, 8, 3, 6];

    public static TheoryData<string> Names => [.. MechanismSpecs.All.Keys];

    public static TheoryData<string> BothWays => ["causal", "rotary 0", "ALiBi", "Shaw, keys", "Shaw, values", "soft cap", "learned sinks", "sinusoids Halves", "experts, softmax after"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Documents_packed_into_rows_equal_documents_padded_and_documents_alone(string name) => Compare(MechanismSpecs.All[name], withPrefix: false);

    [Theory]
    [InlineData("causal")]
    [InlineData("window")]
    [InlineData("chunks, first tokens")]
    [InlineData("window, learned sinks")]
    [InlineData("ALiBi")]
    [InlineData("buckets")]
    [InlineData("Shaw, values")]
    [InlineData("learned with an offset")]
    public void Documents_with_a_prefix_packed_into_rows_equal_documents_alone(string name) => Compare(MechanismSpecs.All[name], withPrefix: true);

    [Theory]
    [MemberData(nameof(BothWays))]
    public void A_decoder_that_reads_a_prefix_only_equals_an_encoder(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        BlockSpec[] blocks = [.. spec.Decoder!.Blocks.Select(block => block with { Attention = block.Attention with { Mask = new AttentionMask.Bidirectional() } })];
        ModelSpec looking = spec with { Decoder = null, Encoder = new([.. blocks], spec.Decoder.FinalNorm), Head = new HeadSpec.TokenClassification(3) };
        using TrainableModel decoder = SampleInput.RandomModel(spec).Model, encoder = new(looking, seed: 1);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(looking).Where(parameter => parameter.Part != "head"))
        {
            string own = parameter.Name.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal) ? parameter.Name[ModelParameters.Encoder.Length..] : parameter.Name;
            encoder.Write(parameter, decoder.Read(parameter with { Name = own }));
        }
        using var scope = NewDisposeScope();
        Tensor ids = SampleInput.For(spec).ToTensors().Ids;
        int length = (int)ids.shape[1];
        bool[] prefix = [.. Enumerable.Repeat(true, length)];
        Tensor seen = decoder.Hidden(new TensorInput(ids) { Layout = TokenLayout.Of(1, length, null, null, prefix) }, Precision.Float32);
        Tensor expected = encoder.Hidden(new TensorInput(ids), Precision.Float32);
        Near(expected, seen, name);
        // And the test can tell: without the prefix it is another thing.
        Assert.True((decoder.Hidden(new TensorInput(ids), Precision.Float32) - expected).abs().max().item<float>() > 0.01);
    }

    [Fact]
    public void Only_the_prefix_is_seen_from_before_it()
    {
        ModelSpec spec = MechanismSpecs.All["causal"];
        using TrainableModel model = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        float[][] States(int changed)
        {
            long[] ids = [1, 2, 3, 4, 5, 6];
            if (changed >= 0)
                ids[changed] += 10;
            TokenLayout layout = TokenLayout.Of(1, 6, null, null, [true, true, true, false, false, false])!;
            Tensor hidden = model.Hidden(new TensorInput(tensor(ids, [1, 6])) { Layout = layout }, Precision.Float32);
            return [.. Enumerable.Range(0, 6).Select(t => hidden.select(1, t).contiguous().data<float>().ToArray())];
        }
        float[][] before = States(-1);
        for (int changed = 0; changed < 6; changed++)
        {
            float[][] after = States(changed);
            for (int t = 0; t < 6; t++)
                Assert.Equal(changed < 3 || t >= changed, !before[t].SequenceEqual(after[t]));
        }
    }

    [Fact]
    public void Impossible_layouts_are_refused_by_name()
    {
        Assert.Contains("document 4 of row 1", Assert.Throws<ArgumentException>(() => TokenLayout.Of(2, 3, [1, 1, 1, 4, 5, 4], null, null)).Message, StringComparison.Ordinal);
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        using var scope = NewDisposeScope();
        var far = new TensorInput(zeros([1, 2], ScalarType.Int64)) { Layout = TokenLayout.Of(1, 2, null, [0, 16], null) };
        Assert.Contains("position 16", Assert.Throws<ArgumentException>(() => model.Hidden(far, Precision.Float32)).Message, StringComparison.Ordinal);
        using var both = new TrainableModel(MechanismSpecs.All["like T5"], seed: 1);
        var half = new TensorInput(zeros([1, 2], ScalarType.Int64)) { SourceIds = zeros([1, 2], ScalarType.Int64), Layout = TokenLayout.Of(1, 2, [0, 1], null, null) };
        Assert.Contains("number both", Assert.Throws<ArgumentException>(() => both.Hidden(half, Precision.Float32)).Message, StringComparison.Ordinal);
    }

    /// <summary>Each document alone, all of them padded to rows of their own, and two in each row with padding behind.</summary>
    private static void Compare(ModelSpec spec, bool withPrefix)
    {
        using TrainableModel alone = SampleInput.RandomModel(spec).Model, padded = SampleInput.RandomModel(spec).Model, packed = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        var random = new Random(5);
        Piece[] pieces = [.. Lengths.Select((length, d) => new Piece(
            Draw(random, length, spec.VocabularySize), spec.HasSource ? Draw(random, SourceLengths[d], spec.VocabularySize) : [], withPrefix ? (length / 2) + 1 : 0))];
        Tensor[] coefficients = [.. Lengths.Select(length => rand([length, spec.HiddenSize], generator: new Generator((ulong)length, CPU)).Plus(-0.5))];
        Tensor[] OfRows(TrainableModel model, int[][] rows, int length, int sourceLength)
        {
            Tensor states = model.Hidden(TensorInput.Of(Batch(pieces, rows, length, sourceLength), CPU), Precision.Float32);
            Tensor[] found = new Tensor[pieces.Length];
            for (int row = 0; row < rows.Length; row++)
            {
                int start = 0;
                foreach (int d in rows[row])
                {
                    found[d] = states.select(0, row).narrow(0, start, Lengths[d]);
                    start += Lengths[d];
                }
            }
            Assert.True(states.isfinite().all().item<bool>());
            found.Select((x, d) => (x * coefficients[d]).sum()).Aggregate((a, b) => a.Plus(b)).backward();
            return found;
        }
        Tensor[] expected = new Tensor[pieces.Length];
        for (int d = 0; d < pieces.Length; d++)
        {
            TokenLayout? layout = TokenLayout.Of(1, Lengths[d], null, null, withPrefix ? Prefix(pieces[d]) : null);
            Tensor ids = tensor(pieces[d].Ids, [1, Lengths[d]]);
            expected[d] = alone.Hidden(new TensorInput(ids) { Layout = layout, SourceIds = spec.HasSource ? tensor(pieces[d].Source, [1, SourceLengths[d]]) : null }, Precision.Float32).squeeze(0);
            (expected[d] * coefficients[d]).sum().backward();
        }
        Tensor[] ofPadded = OfRows(padded, [[0], [1], [2], [3]], 9, 8), ofPacked = OfRows(packed, [[0, 1], [2, 3]], 16, 13);
        for (int d = 0; d < pieces.Length; d++)
        {
            Near(expected[d], ofPadded[d], $"document {d}, padded");
            Near(expected[d], ofPacked[d], $"document {d}, packed");
        }
        for (int p = 0; p < alone.Parameters.Count; p++)
        {
            // The head has no part in this; the rest has, and each parameter its gradient.
            if (alone.Parameters[p].Tensor.grad is not { } gradient)
                continue;
            Near(gradient, padded.Parameters[p].Tensor.grad!, $"gradient of {alone.Parameters[p].Name}, padded");
            Near(gradient, packed.Parameters[p].Tensor.grad!, $"gradient of {alone.Parameters[p].Name}, packed");
        }
    }

    private sealed record Piece(long[] Ids, long[] Source, int PrefixLength);

    private static bool[] Prefix(Piece piece) => [.. piece.Ids.Select((_, t) => t < piece.PrefixLength)];

    private static long[] Draw(Random random, int count, int below) => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(below))];

    private static TrainingBatch Batch(Piece[] pieces, int[][] rows, int length, int sourceLength)
    {
        T[] Lay<T>(int width, T padding, Func<Piece, int, T[]> values) =>
            [.. rows.SelectMany(row => row.SelectMany(d => values(pieces[d], d)).Concat(Enumerable.Repeat(padding, width)).Take(width))];
        bool source = pieces[0].Source.Length > 0;
        return new()
        {
            Rows = rows.Length,
            Length = length,
            Ids = Lay(length, 0L, (piece, _) => piece.Ids),
            Targets = Lay(length, TrainingBatch.Ignored, (piece, _) => piece.Ids),
            Documents = Lay(length, TrainingBatch.Padding, (piece, d) => [.. piece.Ids.Select(_ => (long)d)]),
            Positions = Lay(length, 0L, (piece, _) => [.. piece.Ids.Select((_, t) => (long)t)]),
            Prefix = pieces[0].PrefixLength == 0 ? null : Lay(length, false, (piece, _) => Prefix(piece)),
            SourceLength = source ? sourceLength : 0,
            SourceIds = source ? Lay(sourceLength, 0L, (piece, _) => piece.Source) : null,
            SourceDocuments = source ? Lay(sourceLength, TrainingBatch.Padding, (piece, d) => [.. piece.Source.Select(_ => (long)d)]) : null,
            SourcePositions = source ? Lay(sourceLength, 0L, (piece, _) => [.. piece.Source.Select((_, t) => (long)t)]) : null,
        };
    }

    private static void Near(Tensor expected, Tensor actual, string what)
    {
        double error = (expected - actual).abs().max().item<float>(), size = Math.Max(1, expected.abs().max().item<float>());
        Assert.True(error <= Tolerance * size, $"{what}: {error} apart at size {size}");
    }
}
