namespace Weft.Training;

/// <summary>Constants of AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101).</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of matrices per unit of learning rate; gains and biases do not decay.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Largest norm of all gradients together; larger ones are scaled down.</summary>
    public double GradientClip { get; init; } = 1.0;
}
