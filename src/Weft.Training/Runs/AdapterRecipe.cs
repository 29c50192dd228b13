using System.Globalization;

using Weft.Model.Spec;
using Weft.Training.Adapters;

namespace Weft.Training.Runs;

/// <content>What is trained of the model that a run begins with.</content>
public sealed partial record TrainingRecipe
{
    /// <summary>Small matrices that are trained beside the frozen weights of <see cref="InitFrom"/>; where left out, all weights are trained.</summary>
    public AdapterRecipe? Adapter { get; init; }
}

/// <summary>An adapter.</summary>
public sealed record AdapterRecipe
{
    private const string Key = "training.adapter";

    /// <summary>Which kind.</summary>
    public AdapterKind Kind { get; init; } = AdapterKind.Lora;

    /// <summary>Rank of what is added to a weight.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>What is added is multiplied with this by the rank, or by its root; where left out, twice the rank.</summary>
    public double? Alpha { get; init; }

    /// <summary>Divide by the root of the rank, so that high ranks learn as fast.</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Probability with which a number that an adapter reads becomes 0, in training alone.</summary>
    public double Dropout { get; init; }

    /// <summary>Adapted projections: all, attention, feed-forward, or names such as query or q_proj.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [AdapterTargets.All];

    /// <summary>How the frozen projections are kept.</summary>
    public BaseKind Base { get; init; } = BaseKind.Computed;

    /// <summary>Refuses what cannot be; ranges of single numbers stand in <see cref="RecipeRange"/>.</summary>
    internal void Check(TrainingRecipe training)
    {
        RecipeCheck.Require(training.InitFrom is not null, Key, Kind.ToString().ToLowerInvariant(), "an adapter is trained beside a model's weights; give the model as training.init-from");
        RecipeCheck.Require(Targets.Count > 0, $"{Key}.targets", "empty", $"give [{AdapterTargets.All}], or leave it out");
        RecipeCheck.Require(training.Objective.FurtherTokens == 0, "training.objective.further-tokens", training.Objective.FurtherTokens, "beside an adapter there is nothing that such heads would teach; leave it out");
    }

    /// <summary>Fills in what is left out.</summary>
    internal AdapterRecipe Resolve(List<DerivedSetting> log)
    {
        double alpha = Alpha ?? 2 * Rank;
        if (Alpha is null)
            log.Add(new($"{Key}.alpha", alpha.ToString(CultureInfo.InvariantCulture), "twice the rank"));
        return this with { Alpha = alpha };
    }

    /// <summary>What a plan has of it.</summary>
    /// <param name="precision">Of the computation, resolved.</param>
    /// <param name="initial">The model; a head that it did not have is trained as a whole.</param>
    /// <exception cref="InvalidDataException">A target means nothing in the model, or experts would need a dropout.</exception>
    internal AdapterOptions ToOptions(Precision precision, InitialModel initial)
    {
        HashSet<string> modules = AdapterTargets.Resolve(initial.Spec, initial.Architecture, Targets);
        RecipeCheck.Require(!initial.HasNewHead || !modules.Any(IsHead), $"{Key}.targets", string.Join(", ", Targets), "the head is new and is trained as a whole; leave it out");
        RecipeCheck.Require(Dropout == 0 || modules.FirstOrDefault(IsExpert) is null, $"{Key}.dropout", Dropout, "adapters of experts have none; leave it out, or give targets: [attention]");
        return new()
        {
            Kind = Kind,
            Rank = Rank,
            Alpha = Alpha ?? 2 * Rank,
            RankStabilised = RankStabilised,
            Dropout = Dropout,
            Modules = modules,
            BasePrecision = precision,
            FourBitBase = Base == BaseKind.Nf4,
            TrainsHead = initial.HasNewHead,
        };
    }

    private static bool IsHead(string module) => module.StartsWith(ModelParameters.Head + ".", StringComparison.Ordinal);

    private static bool IsExpert(string module) => module.Contains(".experts.", StringComparison.Ordinal) || module.Contains(".shared.", StringComparison.Ordinal);
}

/// <summary>How frozen projections are kept.</summary>
public enum BaseKind
{
    /// <summary>In the element type of the computation.</summary>
    Computed,

    /// <summary>In 4 bits (NF4), widened at each use.</summary>
    Nf4,
}
