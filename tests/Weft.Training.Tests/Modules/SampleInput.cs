using Weft.Model;
using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>One sequence that suits a specification, drawn from a fixed seed.</summary>
/// <param name="Ids">[T].</param>
/// <param name="SourceIds">Of an encoder beside a decoder; else empty.</param>
/// <param name="TokenTypes">Of models with segments; else empty.</param>
internal sealed record SampleInput(int[] Ids, int[] SourceIds, int[] TokenTypes)
{
    public ModelInput ToInput() => new(Ids) { SourceIds = SourceIds, TokenTypes = TokenTypes };

    public TensorInput ToTensors() => new(Row(Ids))
    {
        SourceIds = SourceIds.Length == 0 ? null : Row(SourceIds),
        TokenTypes = TokenTypes.Length == 0 ? null : Row(TokenTypes),
    };

    public static SampleInput For(ModelSpec spec, int length = 11)
    {
        var random = new Random(7);
        int[] Draw(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => random.Next(below))];
        return new(Draw(length, spec.VocabularySize), spec.HasSource ? Draw(8, spec.VocabularySize) : [],
            spec.Embedding.TokenTypes > 0 ? Draw(length, spec.Embedding.TokenTypes) : []);
    }

    /// <summary>A model all of whose numbers are random, gains and biases too, and the same numbers as doubles.</summary>
    public static (TrainableModel Model, Dictionary<string, double[]> Weights) RandomModel(ModelSpec spec)
    {
        var model = new TrainableModel(spec, seed: 1);
        var random = new Random(11);
        var weights = new Dictionary<string, double[]>();
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            bool matrix = parameter.Shape.Length == 2;
            // Projections keep the size of what they read.
            double scale = matrix && parameter.Part is not "embedding" ? 1.5 / Math.Sqrt(parameter.Shape[1]) : 0.5;
            double middle = parameter.Part == "norm" && parameter.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
            float[] values = [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (float)(middle + (scale * ((2 * random.NextDouble()) - 1))))];
            model.Write(parameter, values);
            weights[parameter.Name] = [.. values.Select(value => (double)value)];
        }
        return (model, weights);
    }

    private static Tensor Row(int[] ids) => tensor(ids, [1, ids.Length], ScalarType.Int64, CPU);
}
