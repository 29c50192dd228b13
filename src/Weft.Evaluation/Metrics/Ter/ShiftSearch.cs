namespace Weft.Evaluation.Metrics.Ter;

// H words of the hypothesis, R words of the reference.

/// <summary>
/// Tercom's greedy search for sequences of words that stand in the wrong place: as long as moving one lowers the edit distance, the best is moved, at
/// the price of one edit. Its limits and its order among equals are part of the score.
/// </summary>
internal sealed class ShiftSearch
{
    private const int LongestShift = 10, FarthestShift = 50;

    /// <summary>sacreBLEU's own bound on what is tried for one segment; Tercom has none.</summary>
    private const int MostCandidates = 1000;

    private readonly int[] _reference;
    private readonly BeamEditDistance _distance;
    private int _candidates;

    private ShiftSearch(int words, int[] reference)
    {
        _reference = reference;
        _distance = new(words, reference);
    }

    /// <summary>The fewest edits that the search finds, shifts among them.</summary>
    /// <param name="hypothesis">[H] numbers of words.</param>
    /// <param name="reference">[R] numbers of words.</param>
    public static int CountEdits(int[] hypothesis, int[] reference) =>
        reference.Length == 0 ? hypothesis.Length : new ShiftSearch(hypothesis.Length, reference).Count(hypothesis);

    private int Count(int[] words)
    {
        int shifts = 0;
        while (FindBest(words) is { } shifted)
        {
            words = shifted;
            shifts++;
        }
        return shifts + _distance.Compute(words);
    }

    /// <summary>The words after the shift that gains most, the longest and then the earliest among equals; null where none gains or the bound is reached.</summary>
    private int[]? FindBest(int[] words)
    {
        int before = _distance.Compute(words);
        var alignment = new Alignment(_distance, words.Length, _reference.Length);
        (int Gain, int Length, int From, int To) best = default;
        int[]? shifted = null;
        foreach ((int from, int target, int length) in Candidates(words))
        {
            if (!alignment.IsWrong(from, target, length))
                continue;
            int previous = -1;
            for (int offset = -1; offset < length && target + offset < _reference.Length; offset++)
            {
                int to = target + offset < 0 ? 0 : alignment.Position(target + offset) + 1;
                if (to == previous)
                    continue;
                previous = to;
                int[] moved = Move(words, from, length, to);
                (int, int, int, int) candidate = (before - _distance.Compute(moved), length, -from, -to);
                _candidates++;
                if (shifted is null || candidate.CompareTo(best) > 0)
                    (best, shifted) = (candidate, moved);
            }
            if (_candidates >= MostCandidates)
                return null;
        }
        return best.Gain > 0 ? shifted : null;
    }

    /// <summary>Sequences that both sides have, not too far from each other.</summary>
    private IEnumerable<(int From, int Target, int Length)> Candidates(int[] words)
    {
        for (int from = 0; from < words.Length; from++)
        {
            int end = Math.Min(_reference.Length, from + FarthestShift + 1);
            for (int target = Math.Max(0, from - FarthestShift); target < end; target++)
            {
                int longest = Math.Min(LongestShift, Math.Min(words.Length - from, _reference.Length - target));
                for (int length = 1; length <= longest && words[from + length - 1] == _reference[target + length - 1]; length++)
                    yield return (from, target, length);
            }
        }
    }

    /// <summary>Moves a sequence before the word at <paramref name="to"/>, or that many words further where it lies within the sequence.</summary>
    private static int[] Move(int[] words, int from, int length, int to)
    {
        ReadOnlySpan<int> piece = words.AsSpan(from, length);
        int[] rest = [.. words.AsSpan(0, from), .. words.AsSpan(from + length)];
        int place = to < from ? to : to > from + length ? to - length : Math.Min(to, rest.Length);
        return [.. rest.AsSpan(0, place), .. piece, .. rest.AsSpan(place)];
    }

    /// <summary>Which word of the hypothesis stands for which of the reference, and where they differ.</summary>
    private sealed class Alignment
    {
        private readonly int[] _positions;

        /// <summary>How many errors lie before each word.</summary>
        private readonly int[] _hypothesisErrors, _referenceErrors;

        public Alignment(BeamEditDistance distance, int hypothesis, int reference)
        {
            _positions = new int[reference];
            _hypothesisErrors = new int[hypothesis + 1];
            _referenceErrors = new int[reference + 1];
            int given = 0, wanted = 0;
            foreach (Edit edit in distance.Backwards().Reverse())
            {
                int error = edit == Edit.Keep ? 0 : 1;
                if (edit != Edit.Insert)
                    _hypothesisErrors[given + 1] = _hypothesisErrors[given++] + error;
                if (edit == Edit.Delete)
                    continue;
                _positions[wanted] = given - 1;
                _referenceErrors[wanted + 1] = _referenceErrors[wanted++] + error;
            }
        }

        /// <summary>The word of the hypothesis that stands where a word of the reference does, or before it; -1 before the first.</summary>
        public int Position(int reference) => _positions[reference];

        /// <summary>Whether moving could help: both places hold an error, and the sequence is not where it belongs.</summary>
        public bool IsWrong(int from, int target, int length) =>
            _hypothesisErrors[from + length] > _hypothesisErrors[from]
            && _referenceErrors[target + length] > _referenceErrors[target]
            && !(from <= _positions[target] && _positions[target] < from + length);
    }
}
