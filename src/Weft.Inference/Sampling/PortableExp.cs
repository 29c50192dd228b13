namespace Weft.Inference;

/// <summary>
/// The exponential from additions and multiplications alone, whose rounding IEEE 754 fixes: the C library's differs in the last bit
/// between systems, and one bit can change a drawn token and all text after it.
/// </summary>
internal static class PortableExp
{
    private const double LogarithmOf2High = 0.693147180369123816490;
    private const double LogarithmOf2Low = 1.90821492927058770002e-10;

    /// <summary>Below this the result is no longer a normal number.</summary>
    private const double Smallest = -708;

    /// <summary>1/n! from n = 13 down to 2.</summary>
    private static readonly double[] Series =
    [
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
        1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2,
    ];

    /// <summary>e to the power of x for x at most 0; 0 below -708.</summary>
    public static double OfNegative(double x)
    {
        if (x < Smallest)
            return 0;
        // x = k·ln 2 + r with |r| at most ln 2 / 2, where 13 terms of the series leave an error below 1e-17.
        double k = Math.Round(x * 1.4426950408889634);
        double r = x - (k * LogarithmOf2High) - (k * LogarithmOf2Low);
        double sum = 0;
        foreach (double coefficient in Series)
            sum = (sum * r) + coefficient;
        sum = 1 + (r * (1 + (r * sum)));
        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }
}
