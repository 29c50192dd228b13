using Weft.Model.Spec;

namespace Weft.Training;

/// <summary>
/// Training of small matrices beside frozen weights (LoRA, Hu et al. 2021, arXiv:2106.09685): W + scale · B·A, of which A and B alone are trained.
/// </summary>
public sealed record AdapterOptions
{
    /// <summary>Which kind.</summary>
    public AdapterKind Kind { get; init; }

    /// <summary>Rows of A and columns of B.</summary>
    public required int Rank { get; init; }

    /// <summary>The scale is this by the rank, or by its root.</summary>
    public required double Alpha { get; init; }

    /// <summary>Divide by the root of the rank (rank-stabilised LoRA, Kalajdzievski 2023, arXiv:2312.03732).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Probability with which a number that A reads becomes 0, in training passes only.</summary>
    public double Dropout { get; init; }

    /// <summary>The adapted projections by Weft's names, such as <c>blocks.0.attention.query</c>.</summary>
    public required IReadOnlySet<string> Modules { get; init; }

    /// <summary>Element type in which frozen projections are kept: the compute type, since nothing is ever added to them.</summary>
    public Precision BasePrecision { get; init; } = Precision.Float32;

    /// <summary>Frozen projections are kept in 4 bits (QLoRA, Dettmers et al. 2023, arXiv:2305.14314); see <see cref="Adapters.FourBitWeight"/>.</summary>
    public bool FourBitBase { get; init; }

    /// <summary>The head is new, so that it is trained as a whole.</summary>
    public bool TrainsHead { get; init; }

    /// <summary>What B·A is multiplied with.</summary>
    public double Scale => Alpha / (RankStabilised ? Math.Sqrt(Rank) : Rank);

    /// <summary>The parameter of the model stays as it is.</summary>
    internal bool Freezes(ParameterSpec parameter) => !TrainsHead || !parameter.Name.StartsWith(ModelParameters.Head + ".", StringComparison.Ordinal);
}

/// <summary>Kinds of adapters.</summary>
public enum AdapterKind
{
    /// <summary>Low-rank adaptation.</summary>
    Lora,

    /// <summary>Low-rank adaptation of directions, with a trained length of each row (Liu et al. 2024, arXiv:2402.09353).</summary>
    Dora,
}
