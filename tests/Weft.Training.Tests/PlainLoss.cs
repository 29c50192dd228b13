namespace Weft.Training.Tests;

/// <summary>Cross-entropy as its formula says it, in fp64.</summary>
internal static class PlainLoss
{
    /// <summary>Of one position, in nats.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="target">Below V.</param>
    public static double Of(ReadOnlySpan<float> logits, int target)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            most = Math.Max(most, logit);
        foreach (float logit in logits)
            sum += Math.Exp(logit - most);
        return most + Math.Log(sum) - logits[target];
    }
}
