namespace Weft.Evaluation.Metrics;

/// <summary>
/// The chance that one of k programs passes its tests (Chen et al., "Evaluating Large Language Models Trained on Code", 2021), estimated without bias
/// from n ≥ k samples of each problem.
/// </summary>
public static class PassAtK
{
    /// <summary>1 - C(n - c, k) / C(n, k): the share of all choices of k among the samples with at least one that passed.</summary>
    /// <param name="samples">n, k or more.</param>
    /// <param name="passed">c, 0 to n.</param>
    /// <param name="k">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer samples than are to be chosen, or than passed.</exception>
    public static double Estimate(int samples, int passed, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (samples < k)
            throw new ArgumentOutOfRangeException(nameof(samples), $"pass@{k} needs {k} samples or more of each problem, and one has {samples}; draw more samples or use a smaller k");
        if (passed < 0 || passed > samples)
            throw new ArgumentOutOfRangeException(nameof(passed), $"{passed} of {samples} samples passed; use 0 to {samples}");
        if (samples - passed < k)
            return 1;
        double none = 1;
        for (int i = samples - passed + 1; i <= samples; i++)
            none *= 1 - (double)k / i;
        return 1 - none;
    }

    /// <summary>The mean over problems.</summary>
    /// <param name="problems">At least one: how many samples each has, and how many of them passed.</param>
    /// <param name="k">1 or more.</param>
    /// <exception cref="ArgumentException">There are no problems, or one has fewer samples than are to be chosen.</exception>
    public static double Estimate(IReadOnlyCollection<(int Samples, int Passed)> problems, int k)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (problems.Count == 0)
            throw new ArgumentException("there are no problems; give at least one", nameof(problems));
        return problems.Average(problem => Estimate(problem.Samples, problem.Passed, k));
    }
}
