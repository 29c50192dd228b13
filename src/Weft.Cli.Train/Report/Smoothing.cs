namespace Weft.Cli.Train.Report;

/// <summary>Takes the noise out of a loss curve.</summary>
internal static class Smoothing
{
    /// <summary>Half a window as a part of the steps done so far, which keeps the steep beginning steep.</summary>
    private const double OfStepsDone = 0.08;

    /// <summary>Half a window at most, as a part of all steps.</summary>
    private const double OfAllSteps = 0.015;

    /// <summary>Centred mean, so that the curve does not lag behind as a trailing mean does. NaN is left out of the means.</summary>
    public static double[] Smooth(IReadOnlyList<double> values)
    {
        double[] sums = new double[values.Count + 1];
        int[] counts = new int[values.Count + 1];
        for (int i = 0; i < values.Count; i++)
        {
            bool finite = double.IsFinite(values[i]);
            sums[i + 1] = sums[i] + (finite ? values[i] : 0);
            counts[i + 1] = counts[i] + (finite ? 1 : 0);
        }
        double[] smooth = new double[values.Count];
        for (int i = 0; i < smooth.Length; i++)
        {
            int half = (int)Math.Min(i * OfStepsDone, values.Count * OfAllSteps);
            int from = Math.Max(0, i - half);
            int to = Math.Min(values.Count, i + half + 1);
            int count = counts[to] - counts[from];
            smooth[i] = count == 0 ? double.NaN : (sums[to] - sums[from]) / count;
        }
        return smooth;
    }
}
