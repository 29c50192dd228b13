using System.Numerics.Tensors;

using Weft.Inference;
using Weft.Training.Modules;

namespace Weft.Parity.Tests;

// T tokens.

/// <summary>The attention maps of reports against torch's softmax of queries times keys.</summary>
public sealed class AttentionTests
{
    public static TheoryData<string, string> Samples => ParitySamples.All;

    [Theory]
    [MemberData(nameof(Samples))]
    public void Maps_of_the_first_block_agree_head_by_head(string modelType, string sample)
    {
        using TrainableModel trained = RandomWeights.Model(ParitySamples.Spec(modelType, sample));
        using Transformer engine = Engine.Load(trained, modelType);
        int[] ids = ParitySamples.Ids(trained.Spec);
        double[] expected = new AttentionReference(trained).Compute(ids);
        int heads = trained.Spec.Stack.Blocks[0].Attention.Heads, size = ids.Length * ids.Length;
        Assert.Equal(heads * size, expected.Length);
        double greatest = 0;
        for (int head = 0; head < heads; head++)
        {
            float[] actual = engine.ComputeAttention(ids, 0, head);
            for (int i = 0; i < size; i++)
                greatest = Math.Max(greatest, Math.Abs(expected[(head * size) + i] - actual[i]));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"greatest difference {greatest:E2}");
        Assert.InRange(greatest, 0, Tolerance.Probability);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Rows_of_every_map_are_distributions_over_the_past(string modelType, string sample)
    {
        using TrainableModel trained = RandomWeights.Model(ParitySamples.Spec(modelType, sample));
        using Transformer engine = Engine.Load(trained, modelType);
        int[] ids = ParitySamples.Ids(trained.Spec);
        double greatest = 0;
        for (int block = 0; block < trained.Spec.Stack.Blocks.Length; block++)
            for (int head = 0; head < trained.Spec.Stack.Blocks[block].Attention.Heads; head++)
            {
                float[] map = engine.ComputeAttention(ids, block, head);
                for (int t = 0; t < ids.Length; t++)
                {
                    ReadOnlySpan<float> row = map.AsSpan(t * ids.Length, ids.Length);
                    Assert.True(TensorPrimitives.Min(row) >= 0, $"block {block}, head {head}, row {t} has a negative probability or none at all");
                    Assert.False(row[(t + 1)..].ContainsAnyExcept(0f), $"block {block}, head {head}, row {t} attends to later positions");
                    greatest = Math.Max(greatest, Math.Abs(1 - Sum(row)));
                }
            }
        TestContext.Current.TestOutputHelper?.WriteLine($"greatest distance of a sum from 1 {greatest:E2}");
        Assert.InRange(greatest, 0, Tolerance.RowSum);
    }

    private static double Sum(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float value in row)
            sum += value;
        return sum;
    }
}
