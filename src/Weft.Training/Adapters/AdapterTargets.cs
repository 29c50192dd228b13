using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Training.Adapters;

/// <summary>Which projections of a model the words of a recipe mean.</summary>
internal static class AdapterTargets
{
    /// <summary>Words for parts of all blocks.</summary>
    public const string All = "all", Attention = "attention", FeedForward = "feed-forward";

    /// <summary>Finds them.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="architecture">Its family, whose names of modules are understood too.</param>
    /// <param name="targets">
    /// The words above, Weft's names or those of the family, or what these end with: <c>query</c> and <c>q_proj</c> are those of all blocks, <c>blocks.0.attention.query</c> one.
    /// </param>
    /// <exception cref="InvalidDataException">A word means nothing in this model; the message has those that do.</exception>
    public static HashSet<string> Resolve(ModelSpec spec, Architecture architecture, IReadOnlyList<string> targets)
    {
        (ParameterSpec Parameter, string Own, string Family)[] known = [.. ModelParameters.Enumerate(spec).Where(IsLinear)
            .Select(parameter => (parameter, AdapterParameters.ModuleOf(parameter)!, ModuleOf(architecture, spec, parameter)))];
        var modules = new HashSet<string>();
        foreach (string target in targets)
        {
            string[] meant = [.. known.Where(one => Means(target, one)).Select(one => one.Own)];
            if (meant.Length == 0)
                throw new InvalidDataException($"training.adapter.targets has '{target}', which no projection of the model is called; give {All}, {Attention}, {FeedForward}, "
                    + $"or names such as {string.Join(", ", known.SelectMany(one => new[] { Last(one.Own), Last(one.Family) }).Distinct())}");
            modules.UnionWith(meant);
        }
        if (known.FirstOrDefault(one => modules.Contains(one.Own) && architecture.Locate(spec, one.Parameter).Stacked > 0) is (_, not null, _) stacked)
            throw new InvalidDataException($"training.adapter.targets means '{stacked.Own}', which the family '{architecture.ModelType}' keeps in one tensor with other experts, where PEFT has no "
                + $"adapters; give {Attention}");
        return modules;
    }

    /// <summary>Projections of blocks, and a layer of the head; routers, tables and projections on the vocabulary are none.</summary>
    public static bool IsLinear(ParameterSpec parameter) => parameter.Name == $"{ModelParameters.Head}.transform.weight"
        || (Optimizers.ParameterKinds.IsHiddenMatrix(parameter) && !parameter.Name.EndsWith(".router.weight", StringComparison.Ordinal));

    private static bool Means(string target, (ParameterSpec Parameter, string Own, string Family) one) => target switch
    {
        All => one.Parameter.Part is Attention or FeedForward,
        Attention or FeedForward => one.Parameter.Part == target,
        _ => new[] { one.Own, one.Family }.Any(name => name == target || name.EndsWith($".{target}", StringComparison.Ordinal)),
    };

    private static string ModuleOf(Architecture architecture, ModelSpec spec, ParameterSpec parameter)
    {
        string tensor = architecture.Locate(spec, parameter).Name;
        return tensor.EndsWith(".weight", StringComparison.Ordinal) ? tensor[..^".weight".Length] : tensor;
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];
}
