using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Runs;

namespace Weft.Training.Tests;

/// <summary>Specifications and shards small enough that a step takes milliseconds.</summary>
internal static class SmallModels
{
    /// <summary>Every kind that a recipe can name.</summary>
    public static TheoryData<OptimizerKind> Optimizers => [.. Enum.GetValues<OptimizerKind>()];

    public static ModelSpec Llama(int vocabulary = 61, int context = 16, bool tied = true)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        return new()
        {
            Embedding = new(vocabulary, 24, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(2, new(norm, new(4, 2, 6, new PositionSpec.Rotary(10_000), AttentionBias.None), norm,
                new FeedForwardSpec.Gated(40, Activation.Silu, Bias: false)), norm),
            Head = new HeadSpec.LanguageModel(tied),
            ContextLength = context,
        };
    }

    public static ModelSpec Gpt2(int vocabulary = 61, int context = 16)
    {
        var norm = new NormSpec.LayerNorm(1e-5, Bias: true);
        return new()
        {
            Embedding = new(vocabulary, 24, new PositionSpec.Learned(context)),
            Decoder = StackSpec.Uniform(2, new(norm, new(4, 4, 6, new PositionSpec.None(), AttentionBias.All), norm,
                new FeedForwardSpec.Dense(96, Activation.GeluTanh, Bias: true)), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = context,
        };
    }

    public static TrainingPlan Plan(int steps, Precision precision = Precision.Float32) => new()
    {
        Steps = steps,
        BatchSize = 4,
        WindowsPerPass = 4,
        ContextLength = 16,
        Schedule = new WarmupCosine(3e-3, 1e-4, 2, steps),
        Precision = precision,
        EvaluateEvery = 4,
        EvaluationWindows = 3,
        SaveEvery = 1000,
        Threads = 2,
    };

    /// <summary>A shard with a pattern that a small model can learn: each document counts upwards from its own start.</summary>
    public static TokenShard Shard(string folder, string name, int documents = 40, int vocabulary = 61)
    {
        string path = Path.Combine(folder, name);
        using (var writer = TokenShardWriter.Create(path, vocabulary))
        {
            for (int d = 0; d < documents; d++)
            {
                int[] ids = [.. Enumerable.Range(0, 30).Select(i => (d * 7 + i) % vocabulary)];
                writer.Add(ids, ids.Length);
            }
            writer.Complete();
        }
        return TokenShard.Open(path);
    }
}
