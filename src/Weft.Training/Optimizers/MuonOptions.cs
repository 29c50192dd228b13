using System.Runtime.Serialization;

using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>
/// Constants of Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/): momentum of the hidden matrices, made orthogonal.
/// Embeddings, heads and vectors are left to <see cref="Others"/>.
/// </summary>
public sealed record MuonOptions : OptimizerOptions
{
    /// <summary>Decay of the momentum.</summary>
    public double Momentum { get; init; } = 0.95;

    /// <summary>Steps look ahead along the momentum.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>Newton–Schulz iterations; five bring singular values to between 0.7 and 1.2.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>Element type of the iterations, by default as <see cref="Weft.Training.Precision.Automatic"/> says.</summary>
    public Precision Precision { get; init; } = Precision.Automatic;

    /// <summary>How long the step of a matrix is.</summary>
    public MuonScale Scale { get; init; } = MuonScale.LikeAdamW;

    /// <summary>Constants of what Muon is not for; their decay is that of these options.</summary>
    public AdamWOptions Others { get; init; } = new();

    /// <summary>Their learning rate, as a multiple of the schedule's.</summary>
    public double OthersRate { get; init; } = 1;

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => new Muon(parameters, this);
}

/// <summary>Length of an orthogonal matrix's step, as a multiple of the learning rate.</summary>
public enum MuonScale
{
    /// <summary>
    /// 0.2 times the root of the longer side, which makes elements change as much as by AdamW, so that one rate suits both
    /// (Liu et al. 2025, arXiv:2502.16982).
    /// </summary>
    [EnumMember(Value = "like-adamw")]
    LikeAdamW,

    /// <summary>The root of rows over columns, but at least 1: Jordan's, with rates of about 0.02.</summary>
    Spectral,
}
