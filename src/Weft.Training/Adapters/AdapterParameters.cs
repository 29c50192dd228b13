using Weft.Model.Spec;

namespace Weft.Training.Adapters;

// R rank, I inputs and O outputs of a projection.

/// <summary>The tensors of an adapter.</summary>
internal static class AdapterParameters
{
    private const string WeightEnding = ".weight";

    /// <summary>A, [R, I].</summary>
    public static ParameterSpec Down(ParameterSpec weight, int rank) => Of(weight, "lora_A", rank, weight.Shape[1]);

    /// <summary>B, [O, R].</summary>
    public static ParameterSpec Up(ParameterSpec weight, int rank) => Of(weight, "lora_B", weight.Shape[0], rank);

    /// <summary>Lengths of the rows, [O].</summary>
    public static ParameterSpec Magnitude(ParameterSpec weight) => Of(weight, "lora_magnitude", weight.Shape[0]);

    /// <summary>The name of a projection whose weight a parameter is; null of all other parameters.</summary>
    public static string? ModuleOf(ParameterSpec parameter) => parameter.Name.EndsWith(WeightEnding, StringComparison.Ordinal) ? parameter.Name[..^WeightEnding.Length] : null;

    /// <summary>The parameter is the weight of an adapted projection.</summary>
    public static bool IsAdapted(this AdapterOptions options, ParameterSpec parameter) => ModuleOf(parameter) is { } module && options.Modules.Contains(module);

    /// <summary>Everything that is trained: the adapters, and what of the model is not frozen.</summary>
    public static IEnumerable<ParameterSpec> Enumerate(ModelSpec spec, AdapterOptions options)
    {
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            if (!options.Freezes(parameter))
                yield return parameter;
            if (!options.IsAdapted(parameter))
                continue;
            yield return Down(parameter, options.Rank);
            yield return Up(parameter, options.Rank);
            if (options.Kind == AdapterKind.Dora)
                yield return Magnitude(parameter);
        }
    }

    private static ParameterSpec Of(ParameterSpec weight, string name, params ReadOnlySpan<long> shape) =>
        new($"{ModuleOf(weight)}.{name}{WeightEnding}", [.. shape], weight.Part);
}
