namespace Weft.Inference;

// C positions of a source.

/// <summary>How much a text has attended to each position of its source in all its steps (Wu et al. 2016, arXiv:1609.08144, equation 14).</summary>
internal sealed class SourceCoverage
{
    /// <summary>What a position has that nothing attended to, the least normal number of fp32, since scores have to be finite: log is -87.3.</summary>
    private const double Least = 1.17549435e-38;

    // [C]
    private readonly double[] _sums;

    private SourceCoverage(double[] sums)
    {
        _sums = sums;
        Score = sums.Sum(sum => Math.Log(Math.Clamp(sum, Least, 1)));
    }

    /// <summary>Σ log(min(sum, 1)) over the positions: 0 where all are covered, else less.</summary>
    public double Score { get; }

    /// <summary>The coverage of a first step.</summary>
    public static SourceCoverage Of(float[] attention) => new([.. attention.Select(probability => (double)probability)]);

    /// <summary>The coverage with one step more.</summary>
    public SourceCoverage With(float[] attention) => new([.. _sums.Zip(attention, (sum, probability) => sum + probability)]);
}
