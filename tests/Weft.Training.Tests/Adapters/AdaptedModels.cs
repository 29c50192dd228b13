using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Training.Adapters;
using Weft.Training.Modules;
using Weft.Training.Runs;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Adapters;

/// <summary>Small models of every family whose frozen weights and adapters are all random, B too.</summary>
internal static class AdaptedModels
{
    public const int Rank = 3;

    public const double Alpha = 5;

    /// <summary>Entries of the vocabulary.</summary>
    public const int Vocabulary = 61;

    public static readonly string[] Families = ["llama", "gpt2", "bert", "marian", "bart", "t5"];

    public static ModelSpec Spec(string family) => Derivation.ToSpec(Derivation.Resolve(new()
    {
        Model = new() { Architecture = family, Layers = 2, Width = 24, Heads = 4, Inner = 48, Context = 16 },
    }).Recipe.Model, Vocabulary);

    public static AdapterOptions Options(string family, AdapterKind kind = AdapterKind.Lora, params string[] targets) => Options(Spec(family), family, kind, targets);

    public static AdapterOptions Options(ModelSpec spec, string family, AdapterKind kind = AdapterKind.Lora, params string[] targets) => new()
    {
        Kind = kind,
        Rank = Rank,
        Alpha = Alpha,
        Modules = AdapterTargets.Resolve(spec, ArchitectureCatalogue.ForModelType(family), targets.Length == 0 ? [AdapterTargets.All] : targets),
    };

    /// <summary>A model, and the numbers that its frozen weights were set to.</summary>
    public static (TrainableModel Model, Dictionary<string, float[]> Weights) Random(ModelSpec spec, AdapterOptions options)
    {
        var model = new TrainableModel(spec, seed: 1, adapter: options);
        var random = new Random(11);
        var weights = new Dictionary<string, float[]>();
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            bool gain = parameter.Part == "norm" && parameter.Name.EndsWith(".weight", StringComparison.Ordinal);
            double scale = parameter.Shape.Length == 2 ? 1 / Math.Sqrt(parameter.Shape[1]) : 0.2;
            weights[parameter.Name] = [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (float)((gain ? 1 : 0) + (scale * ((2 * random.NextDouble()) - 1))))];
            model.Write(parameter, weights[parameter.Name]);
        }
        Disturb(model);
        return (model, weights);
    }

    /// <summary>Moves whatever is trained: B is no longer zero, and lengths are no longer those of the rows.</summary>
    public static void Disturb(TrainableModel model)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var random = new Generator(5, CPU);
        foreach (TrainableParameter parameter in model.Parameters)
            parameter.Tensor.PlusInPlace(rand(parameter.Tensor.shape, generator: random).Plus(-0.5).Times(0.3));
    }

    public static float[] Outputs(Weft.Model.ILanguageModel model, ModelSpec spec, Weft.Model.ModelInput input)
    {
        float[] outputs = new float[input.Ids.Length * spec.Head.OutputSize(spec)];
        model.ComputeOutputs(input, outputs);
        return outputs;
    }

    public static double Greatest(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();
}
