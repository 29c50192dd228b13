namespace Weft.Parity.Tests;

/// <summary>
/// How far the runtimes may lie apart, in absolute terms: ten times the greatest difference over all samples, since other processors
/// have other vector widths and so other orders of summation. That order is all that the two may differ in.
/// </summary>
internal static class Tolerance
{
    /// <summary>Measured 7.2e-6, in a GPT-2 of six blocks with logits up to 14, where the last place of fp32 is 1e-6.</summary>
    public const double Logits = 7e-5;

    /// <summary>Measured 2.4e-7, against double precision.</summary>
    public const double Probability = 2.5e-6;

    /// <summary>Measured 1.6e-7, over 301 summands.</summary>
    public const double RowSum = 1.5e-6;
}
