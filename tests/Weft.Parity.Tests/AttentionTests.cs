using System.Numerics.Tensors;

using Weft.Inference;
using Weft.Inference.Tests;
using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Parity.Tests;

// T tokens.

/// <summary>The attention maps of reports against those of the reference in double precision.</summary>
public sealed class AttentionTests
{
    public static TheoryData<string, string> Samples => ParitySamples.OfOneStack;

    [Theory]
    [MemberData(nameof(Samples))]
    public void Maps_of_the_first_block_agree_head_by_head(string modelType, string sample)
    {
        ModelSpec spec = ParitySamples.Spec(modelType, sample);
        Dictionary<string, float[]> weights = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name, RandomWeights.Draw);
        using Transformer engine = Engine.Load(ArchitectureCatalogue.ForModelType(modelType), spec, RandomWeights.Draw);
        int[] ids = ParitySamples.Ids(spec);
        var reference = new ReferenceModel(FirstBlock(spec), weights);
        reference.ComputeOutputs(ids, [], []);
        double greatest = 0;
        for (int head = 0; head < spec.Stack.Blocks[0].Attention.Heads; head++)
        {
            float[] actual = engine.ComputeAttention(ids, 0, head);
            double[][] expected = reference.Attention[(0, head)];
            for (int t = 0; t < ids.Length; t++)
                for (int c = 0; c < ids.Length; c++)
                    greatest = Math.Max(greatest, Math.Abs(expected[t][c] - actual[(t * ids.Length) + c]));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"greatest difference {greatest:E2}");
        Assert.InRange(greatest, 0, Tolerance.Probability);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Rows_of_every_map_are_distributions_over_what_is_visible(string modelType, string sample)
    {
        ModelSpec spec = ParitySamples.Spec(modelType, sample);
        using Transformer engine = Engine.Load(ArchitectureCatalogue.ForModelType(modelType), spec, RandomWeights.Draw);
        int[] ids = ParitySamples.Ids(spec);
        double greatest = 0;
        for (int block = 0; block < spec.Stack.Blocks.Length; block++)
        {
            AttentionSpec attention = spec.Stack.Blocks[block].Attention;
            for (int head = 0; head < attention.Heads; head++)
            {
                float[] map = engine.ComputeAttention(ids, block, head);
                for (int t = 0; t < ids.Length; t++)
                {
                    ReadOnlySpan<float> row = map.AsSpan(t * ids.Length, ids.Length);
                    Assert.True(TensorPrimitives.Min(row) >= 0, $"block {block}, head {head}, row {t} has a negative probability or none at all");
                    Assert.False(attention.Mask is not AttentionMask.Bidirectional && row[(t + 1)..].ContainsAnyExcept(0f), $"block {block}, head {head}, row {t} attends to later positions");
                    // Sinks take what they take.
                    greatest = Math.Max(greatest, attention.Sinks is AttentionSinks.Learned ? Sum(row) - 1 : Math.Abs(1 - Sum(row)));
                }
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"greatest distance of a sum from 1 {greatest:E2}");
        Assert.InRange(greatest, 0, Tolerance.RowSum);
    }

    /// <summary>Maps of the first block need no more of the model.</summary>
    private static ModelSpec FirstBlock(ModelSpec spec) => spec.Decoder is { } decoder
        ? spec with { Decoder = decoder with { Blocks = [decoder.Blocks[0]] } }
        : spec with { Encoder = spec.Encoder! with { Blocks = [spec.Encoder.Blocks[0]] } };

    private static double Sum(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float value in row)
            sum += value;
        return sum;
    }
}
