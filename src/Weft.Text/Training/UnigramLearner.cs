using Weft.Text.Unigram;

namespace Weft.Text;

/// <summary>
/// Expectation and maximization of a unigram model over counted words, and the pruning between. Words are dealt into a fixed
/// number of parts whose sums are added in order, so that the result does not depend on the number of threads.
/// </summary>
internal sealed class UnigramLearner
{
    private const int Parts = 8;

    // Pieces expected less often are dropped at once, as in SentencePiece; characters stay.
    private const double LeastExpected = 0.5;

    // Pruning stops a little early, so that the last choice is by score.
    private const double Surplus = 1.1;

    private readonly (string Word, long Count)[] _words;
    private readonly UnigramTrainerOptions _options;
    private string[] _texts;
    private double[] _scores;
    private CharTrie _trie;

    public UnigramLearner((string Word, long Count)[] words, List<(string Text, double Weight)> seeds, UnigramTrainerOptions options)
    {
        (_words, _options) = (words, options);
        double total = Math.Log(seeds.Sum(seed => seed.Weight));
        _texts = [.. seeds.Select(seed => seed.Text)];
        _scores = [.. seeds.Select(seed => Math.Log(seed.Weight) - total)];
        _trie = MakeTrie();
        RequiredCount = _texts.Count(IsCharacter);
    }

    /// <summary>Characters of the corpus, which are pieces whatever happens.</summary>
    public int RequiredCount { get; }

    /// <summary>Pieces from the highest score down.</summary>
    /// <param name="wanted">How many, if there are as many.</param>
    /// <param name="pruned">Told how many are left after each round.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public IReadOnlyList<ScoredPiece> Learn(int wanted, Action<int> pruned, CancellationToken cancellationToken)
    {
        int enough = (int)(wanted * Surplus);
        while (true)
        {
            for (int step = 0; step < _options.StepsPerRound; step++)
                Maximize(Sum(part => new UnigramLattice(_trie, _scores).Expect(_words, part, Parts), cancellationToken));
            if (_texts.Length <= enough)
                break;
            Prune(Math.Max(enough, (int)(_texts.Length * _options.ShrinkingFactor)), cancellationToken);
            pruned(_texts.Length);
        }
        int[] order = [.. Enumerable.Range(0, _texts.Length).OrderByDescending(i => _scores[i]).ThenBy(i => _texts[i], StringComparer.Ordinal)];
        int others = wanted - RequiredCount;
        return [.. order.Where(i => IsCharacter(_texts[i]) || others-- > 0).Select(i => new ScoredPiece(_texts[i], _scores[i]))];
    }

    private static bool IsCharacter(string text) => text.Length == 1 || text.Length == 2 && char.IsHighSurrogate(text[0]);

    private CharTrie MakeTrie() => new(_texts.Select((text, index) => (text, index)));

    private double[] Sum(Func<int, double[]> sumOfPart, CancellationToken cancellationToken)
    {
        double[][] sums = new double[Parts][];
        Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = _options.MaximumParallelism, CancellationToken = cancellationToken },
            part => sums[part] = sumOfPart(part));
        for (int part = 1; part < Parts; part++)
            for (int i = 0; i < sums[0].Length; i++)
                sums[0][i] += sums[part][i];
        return sums[0];
    }

    // The digamma function instead of the logarithm favours few pieces (Liang and Klein 2007, "Structured Bayesian nonparametric models").
    private void Maximize(double[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
            if (IsCharacter(_texts[i]))
                expected[i] = Math.Max(expected[i], LeastExpected);
        int[] kept = [.. Enumerable.Range(0, expected.Length).Where(i => expected[i] >= LeastExpected)];
        double total = Digamma(kept.Sum(i => expected[i]));
        Keep(kept, kept.Select(i => Digamma(expected[i]) - total));
    }

    private void Prune(int size, CancellationToken cancellationToken)
    {
        double[] counts = Sum(part => new UnigramLattice(_trie, _scores).CountBest(_words, part, Parts), cancellationToken);
        double total = counts.Sum();
        var losses = new (double Loss, int Index)[_texts.Length];
        Parallel.For(0, losses.Length, new ParallelOptions { MaxDegreeOfParallelism = _options.MaximumParallelism, CancellationToken = cancellationToken },
            () => new UnigramLattice(_trie, _scores), (i, _, lattice) =>
            {
                losses[i] = (LossWithout(i, counts, total, lattice), i);
                return lattice;
            }, _ => { });
        int[] kept = [.. losses.OrderByDescending(entry => entry.Loss).ThenBy(entry => _texts[entry.Index], StringComparer.Ordinal).Take(size)
            .Where(entry => entry.Loss > double.NegativeInfinity).Select(entry => entry.Index).Order()];
        Keep(kept, kept.Select(i => _scores[i]));
    }

    /// <summary>What the likelihood loses when the occurrences of a piece are cut in the second best way.</summary>
    private double LossWithout(int piece, double[] counts, double total, UnigramLattice lattice)
    {
        if (IsCharacter(_texts[piece]))
            return double.PositiveInfinity;
        if (counts[piece] == 0)
            return double.NegativeInfinity;
        List<int> others = lattice.BestWithout(_texts[piece], piece, out double score);
        if (score >= _scores[piece])
            return double.NegativeInfinity;
        double with = Math.Log(counts[piece]) - Math.Log(total);
        double newTotal = Math.Log(total + counts[piece] * (others.Count - 1));
        double without = others.Sum(other => Math.Log(counts[other] + counts[piece]) - newTotal);
        return counts[piece] / total * (with - without);
    }

    private void Keep(int[] kept, IEnumerable<double> scores)
    {
        (_texts, _scores) = ([.. kept.Select(i => _texts[i])], [.. scores]);
        _trie = MakeTrie();
    }

    // Its asymptotic series, after stepping up to where that is exact to 1e-12.
    private static double Digamma(double x)
    {
        double result = 0;
        for (; x < 10; x++)
            result -= 1 / x;
        double inverse = 1 / (x * x);
        return result + Math.Log(x) - 0.5 / x
            - inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse * (1.0 / 252 - inverse * (1.0 / 240 - inverse / 132))));
    }
}
