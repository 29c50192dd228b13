using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>A model with a LoRA adapter computes what the model computes whose weights the adapter has changed.</summary>
public sealed class AdapterTests
{
    private const int Rank = 4, Length = 20;

    private const double Alpha = 6;

    [Fact]
    public void Logits_are_those_of_the_merged_model()
    {
        RandomModel model = RandomModel.Llama(new());
        Dictionary<string, LoraMatrices> pairs = ModelParameters.Enumerate(model.Spec)
            .Where(parameter => parameter.Name.EndsWith("query.weight", StringComparison.Ordinal) || parameter.Name.EndsWith("down.weight", StringComparison.Ordinal))
            .ToDictionary(parameter => parameter.Name, Draw);
        using TemporaryFolder folder = new(), adapter = new(), merged = new();
        model.Save(folder.FullName);
        LoraAdapter.Save(adapter.FullName, new Llama(), model.Spec, parameter => pairs.GetValueOrDefault(parameter.Name), new() { Rank = Rank, Alpha = Alpha });
        using (Checkpoint adapted = Open(folder, adapter))
            HuggingFaceExport.Save(merged.FullName, adapted, new());
        int[] ids = model.Ids(Length);
        using TextGenerator generator = TextGenerator.Load(Open(folder, adapter));
        float[] logits = Logits(generator.Model, ids);
        using Transformer whole = Transformer.Load(HuggingFaceModel.Open(merged.FullName));
        Assert.Equal(Logits(whole, ids), logits);

        double[] before = [.. model.Reference().ComputeLogits(ids).SelectMany(row => row)];
        foreach ((string name, LoraMatrices pair) in pairs)
            Merge(model.Weights[name], pair);
        double[] after = [.. model.Reference().ComputeLogits(ids).SelectMany(row => row)];
        Assert.InRange(Differences.Greatest(after, logits), 0, 5e-5);
        Assert.InRange(Differences.Greatest(before, logits), 0.01, double.PositiveInfinity);
    }

    private static Checkpoint Open(TemporaryFolder model, TemporaryFolder adapter) =>
        LoraAdapter.Open(adapter.FullName).Apply(Checkpoint.Open(model.FullName));

    private static float[] Logits(Transformer model, int[] ids)
    {
        float[] logits = new float[ids.Length * model.Spec.VocabularySize];
        model.ComputeOutputs(new(ids), logits);
        return logits;
    }

    private static void Merge(float[] weights, LoraMatrices pair)
    {
        int columns = pair.A.Length / Rank;
        for (int i = 0; i < weights.Length; i++)
            weights[i] += (float)(Alpha / Rank * Enumerable.Range(0, Rank).Sum(k => (double)pair.B[(i / columns * Rank) + k] * pair.A[(k * columns) + (i % columns)]));
    }

    private static LoraMatrices Draw(ParameterSpec parameter)
    {
        var random = new Random(parameter.Name.Sum(c => c));
        float[] Values(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (random.NextSingle() - 0.5f) / 4)];
        return new(Values(Rank * parameter.Shape[1]), Values(parameter.Shape[0] * Rank));
    }
}
