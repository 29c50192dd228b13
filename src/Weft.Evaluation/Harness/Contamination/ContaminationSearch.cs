namespace Weft.Evaluation.Harness.Contamination;

// N words of a run.

/// <summary>
/// Looks for rows of tasks in the text that a model was trained on, as for GPT-3 (Brown et al., "Language Models are Few-Shot Learners", 2020, appendix C): a row was seen
/// when a run of 13 of its words stands in the text; shorter rows, of 8 words or more, as a whole. Words are what letters and digits form, in lower case; each
/// ideograph is one. Text is read once and not kept.
/// </summary>
public sealed class ContaminationSearch
{
    /// <summary>N.</summary>
    private const int Longest = 13;

    /// <summary>Shorter rows occur by chance and say nothing.</summary>
    private const int Shortest = 8;

    private readonly SortedList<int, RunsOfOneLength> _runs = [];
    private readonly bool[] _seen;

    /// <summary>The last words, each at its number modulo the length.</summary>
    private readonly ulong[] _last = new ulong[Longest];

    private long _words;

    /// <summary>Begins a search.</summary>
    /// <param name="rows">The text of each row.</param>
    public ContaminationSearch(IReadOnlyList<string> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _seen = new bool[rows.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            ulong[] words = [.. Words(rows[row])];
            if (words.Length < Shortest)
            {
                TooShort++;
                continue;
            }
            int length = Math.Min(words.Length, Longest);
            if (!_runs.TryGetValue(length, out RunsOfOneLength? runs))
                _runs[length] = runs = new(length);
            runs.Add(words, row);
        }
    }

    /// <summary>Rows of too few words to tell.</summary>
    public int TooShort { get; }

    /// <summary>Of each row: it stands in the text read so far.</summary>
    public IReadOnlyList<bool> Seen => _seen;

    /// <summary>Reads on. A run may go on from one text to the next.</summary>
    public void Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (ulong word in Words(text))
        {
            foreach (RunsOfOneLength runs in _runs.Values)
                foreach (int row in runs.Read(word, _words < runs.Length ? null : _last[(_words - runs.Length) % Longest], isWhole: _words + 1 >= runs.Length))
                    _seen[row] = true;
            _last[_words++ % Longest] = word;
        }
    }

    /// <summary>The hash of each word (FNV-1a of its characters in lower case).</summary>
    private static IEnumerable<ulong> Words(string text)
    {
        const ulong offset = 14695981039346656037, prime = 1099511628211;
        ulong hash = 0;
        bool within = false;
        foreach (char c in text)
        {
            bool isIdeograph = c is >= '\u3040' and <= '\u9FFF' or >= '\uAC00' and <= '\uD7AF' or >= '\uF900' and <= '\uFAFF';
            bool belongs = isIdeograph || char.IsLetterOrDigit(c) || char.IsSurrogate(c);
            if (within && (!belongs || isIdeograph))
            {
                yield return SplitMix64.At(hash, 0);
                within = false;
            }
            if (!belongs)
                continue;
            hash = unchecked(((within ? hash : offset) ^ char.ToLowerInvariant(c)) * prime);
            within = !isIdeograph;
            if (isIdeograph)
                yield return SplitMix64.At(hash, 0);
        }
        if (within)
            yield return SplitMix64.At(hash, 0);
    }

    /// <summary>The runs of N words that rows have, by the hash Σ wᵢ·bᴺ⁻ⁱ modulo 2^64, which goes from one run to the next in one step.</summary>
    private sealed class RunsOfOneLength(int length)
    {
        private static readonly List<int> None = [];

        private readonly Dictionary<ulong, List<int>> _rows = [];

        /// <summary>bᴺ⁻¹.</summary>
        private readonly ulong _power = Enumerable.Repeat(SplitMix64.Golden, length - 1).Aggregate(1UL, (product, factor) => unchecked(product * factor));

        private ulong _hash;

        /// <summary>N.</summary>
        public int Length => length;

        public void Add(ulong[] words, int row)
        {
            for (int first = 0; first + length <= words.Length; first++)
            {
                ulong hash = words[first..(first + length)].Aggregate(0UL, With);
                if (!_rows.TryGetValue(hash, out List<int>? own))
                    _rows[hash] = own = [];
                own.Add(row);
            }
        }

        /// <summary>Takes the next word; the rows that have the run which it ends.</summary>
        public List<int> Read(ulong word, ulong? left, bool isWhole)
        {
            _hash = With(unchecked(_hash - ((left ?? 0) * _power)), word);
            return isWhole && _rows.TryGetValue(_hash, out List<int>? rows) ? rows : None;
        }

        private static ulong With(ulong hash, ulong word) => unchecked((hash * SplitMix64.Golden) + word);
    }
}
