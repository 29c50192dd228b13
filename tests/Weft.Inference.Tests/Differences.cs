namespace Weft.Inference.Tests;

internal static class Differences
{
    /// <summary>The greatest absolute difference; a NaN on one side counts as infinite.</summary>
    public static double Greatest(IEnumerable<double> expected, ReadOnlySpan<float> actual)
    {
        double greatest = 0;
        int i = 0;
        foreach (double value in expected)
        {
            double difference = Math.Abs(value - actual[i++]);
            greatest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(greatest, difference);
        }
        Assert.Equal(actual.Length, i);
        return greatest;
    }

    public static double Greatest(float[] expected, ReadOnlySpan<float> actual) => Greatest(expected.Select(value => (double)value), actual);
}
