using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>Every mechanism of the specification against the papers in double precision, and against itself in other pieces.</summary>
public sealed class MechanismTests
{
    /// <summary>fp32 against double over two or three blocks, beside outputs of up to about 10.</summary>
    private const double Tolerance = 5e-5;

    /// <summary>Longer than a piece of the engine (256) and no multiple of anything.</summary>
    private const int Length = 270, SourceLength = 75;

    private static readonly int[] PieceLengths = [1, 2, 61, 128, 17, 61];

    public static TheoryData<string> All => [.. Mechanisms.All.Keys];

    public static TheoryData<string> ThatContinue => [.. Mechanisms.Steady.Where(pair => pair.Value.Generates).Select(pair => pair.Key)];

    public static TheoryData<string> Encoders => [.. Mechanisms.All.Where(pair => pair.Value.Decoder is null).Select(pair => pair.Key)];

    public static TheoryData<string> ByLength => [.. Mechanisms.ByLength.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void Outputs_agree_with_the_reference(string name)
    {
        RandomModel random = RandomModel.Of(Mechanisms.All[name]);
        using Transformer model = random.Load();
        Inputs inputs = Inputs.Of(random);
        double[] expected = [.. random.Reference().ComputeOutputs(inputs.Ids, inputs.Source, inputs.Types).SelectMany(row => row)];
        float[] outputs = new float[expected.Length];
        model.ComputeOutputs(inputs.Input, outputs);
        Assert.True(outputs.Distinct().Count() > Math.Min(2, outputs.Length - 1), "equal outputs prove nothing");
        Assert.InRange(Differences.Greatest(expected, outputs), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Sequences_that_are_read_together_have_the_bits_of_each_alone(string name)
    {
        RandomModel random = RandomModel.Of(Mechanisms.All[name]);
        using Transformer model = random.Load();
        Inputs inputs = Inputs.Of(random);
        int size = random.Spec.HiddenSize;
        // More tokens than the workspace has rows.
        EncoderInput[] sequences = [.. new[] { Length, 1, Length, 7, Length, Length - 1, 3, Length }.Select(
            length => new EncoderInput(inputs.Ids.AsMemory(0, length), inputs.Types.Length == 0 ? default : inputs.Types.AsMemory(0, length)))];
        float[] together = new float[sequences.Sum(sequence => sequence.Ids.Length) * size];
        model.ComputeHidden(sequences, together);
        int done = 0;
        foreach (EncoderInput sequence in sequences)
        {
            float[] alone = new float[sequence.Ids.Length * size];
            model.ComputeHidden(new ModelInput(sequence.Ids.Span) { TokenTypes = sequence.TokenTypes.Span }, alone);
            Assert.Equal(alone, together.AsSpan(done, alone.Length).ToArray());
            done += alone.Length;
        }
        Assert.Throws<ArgumentException>(() => model.ComputeHidden(sequences, new float[together.Length - 1]));
    }

    [Theory]
    [MemberData(nameof(ThatContinue))]
    public void The_memory_of_weights_is_foretold(string name)
    {
        RandomModel random = RandomModel.Of(Mechanisms.All[name]);
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        long foretold;
        using (Checkpoint checkpoint = Checkpoint.Open(folder.FullName))
            foretold = EngineMemory.WeightBytes(checkpoint);
        using Transformer model = random.Load();
        Assert.Equal(model.WeightBytes, foretold);
    }

    [Theory]
    [MemberData(nameof(ThatContinue))]
    public void Pieces_give_the_same_bits_as_the_whole(string name)
    {
        RandomModel random = RandomModel.Of(Mechanisms.All[name]);
        using Transformer model = random.Load();
        Inputs inputs = Inputs.Of(random);
        int vocabulary = random.Spec.VocabularySize;
        float[] whole = new float[Length * vocabulary], last = new float[vocabulary];
        model.ComputeOutputs(inputs.Input, whole);
        KeyValueCache cache = random.Spec.HasSource ? model.CreateCache(Length, inputs.Source) : model.CreateCache(Length);
        foreach (int length in PieceLengths)
        {
            model.Forward(inputs.Ids.AsSpan(cache.Length, length), cache, last);
            Assert.Equal(whole[((cache.Length - 1) * vocabulary)..(cache.Length * vocabulary)], last);
        }
        Assert.Equal(Length, cache.Length);
    }

    /// <summary>A step beyond the first context turns all keys before it, as if the sequence had begun so.</summary>
    [Theory]
    [MemberData(nameof(ByLength))]
    public void Angles_that_depend_on_the_length_turn_earlier_keys_in_the_first_block(string name)
    {
        ModelSpec spec = Mechanisms.ByLength[name];
        // States of later blocks remember the angles of their time, as in other runtimes; those of the first do not.
        RandomModel random = RandomModel.Of(spec with { Decoder = spec.Decoder! with { Blocks = [spec.Decoder.Blocks[0]] } });
        using Transformer model = random.Load();
        int[] ids = random.Ids(200);
        KeyValueCache cache = model.CreateCache(ids.Length);
        float[] last = new float[random.Spec.VocabularySize];
        var reference = random.Reference();
        foreach (int length in (int[])[80, 9, 1, 1, 40, 1])
        {
            model.Forward(ids.AsSpan(cache.Length, length), cache, last);
            Assert.InRange(Differences.Greatest(reference.ComputeLogits(ids[..cache.Length])[^1], last), 0, Tolerance);
        }
        cache.Truncate(50);
        model.Forward(ids.AsSpan(50, 1), cache, last);
        Assert.InRange(Differences.Greatest(reference.ComputeLogits(ids[..51])[^1], last), 0, Tolerance);
    }

    [Fact]
    public void A_fork_goes_its_own_way()
    {
        RandomModel random = RandomModel.Of(Mechanisms.All["the original Transformer"]);
        using Transformer model = random.Load();
        Inputs inputs = Inputs.Of(random);
        KeyValueCache cache = model.CreateCache(Length, inputs.Source);
        float[] first = new float[random.Spec.VocabularySize], second = [.. first], third = [.. first];
        model.Forward(inputs.Ids.AsSpan(0, 70), cache, first);
        KeyValueCache fork = cache.Fork();
        model.Forward([1, 2], cache, first);
        model.Forward([3], fork, second);
        model.Forward([1], fork, second);
        fork.Truncate(70);
        model.Forward([1, 2], fork, third);
        Assert.Equal(first, third);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void What_a_model_cannot_do_is_refused_by_name()
    {
        using Transformer encoder = RandomModel.Of(Mechanisms.All["spans"]).Load(), both = RandomModel.Of(Mechanisms.All["the original Transformer"]).Load();
        using Transformer decoder = RandomModel.Of(Mechanisms.All["ALiBi"]).Load(), classes = RandomModel.Of(Mechanisms.All["a decoder's sequence classes"]).Load();
        Assert.Contains("encoder", Assert.Throws<NotSupportedException>(() => encoder.CreateCache(3)).Message, StringComparison.Ordinal);
        Assert.Contains("source", Assert.Throws<NotSupportedException>(() => both.CreateCache(3)).Message, StringComparison.Ordinal);
        Assert.Contains("source", Assert.Throws<NotSupportedException>(() => decoder.CreateCache(3, [1])).Message, StringComparison.Ordinal);
        Assert.Contains("SequenceClassification", Assert.Throws<NotSupportedException>(() => classes.Forward([1], classes.CreateCache(3), new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("SourceIds", Assert.Throws<ArgumentException>(() => both.ComputeHidden(new([1]), new float[24])).Message, StringComparison.Ordinal);
        Assert.Contains("token type 2", Assert.Throws<ArgumentException>(() => encoder.ComputeHidden(new([1]) { TokenTypes = [2] }, new float[24])).Message, StringComparison.Ordinal);
    }

    /// <summary>What a model is given: as many ids as the tests compute, and a source and types where it takes them.</summary>
    private sealed record Inputs(int[] Ids, int[] Source, int[] Types)
    {
        public ModelInput Input => new(Ids) { SourceIds = Source, TokenTypes = Types };

        public static Inputs Of(RandomModel random) => new(
            random.Ids(Length),
            random.Spec.HasSource ? random.Ids(SourceLength, seed: 9) : [],
            random.Spec.Embedding.TokenTypes > 0 ? [.. Enumerable.Range(0, Length).Select(t => t < 40 ? 0 : 1)] : []);
    }
}
