using System.Buffers;
using System.Text;

namespace Weft.Text.Bpe;

/// <summary>
/// The merges that can happen, as a tree for each token. All tokens of a text are known when it is known which two tokens may stand
/// side by side: two do when merging the text of both alone would give just these two. For if the merges of a whole text ever
/// crossed the border of two such tokens, the first crossing would happen in the text of the two alone as well. Likewise a token
/// comes about in one way only, whatever stands around it: the last merge of its own text.
/// </summary>
internal sealed class LiveMerges
{
    private const int Symbol = -1, Never = int.MaxValue;

    // With more of them asking for them would cost too much.
    private const int MostLate = 16;

    private readonly Birth[] _births;
    private readonly MergeTable _pairs;
    private readonly List<BpeMerge> _late = [];

    private LiveMerges(int ids, int merges) => (_births, _pairs) = (new Birth[ids], new MergeTable(merges));

    /// <summary>Null when too many merges come before the merges of their parts; then only merging itself tells.</summary>
    public static LiveMerges? Of(BpeDefinition definition)
    {
        if (definition.ContinuingSubwordPrefix.Length > 0)
            return null;
        var live = new LiveMerges(definition.Ids.Values.DefaultIfEmpty(-1).Max() + 1, definition.Merges.Count);
        Array.Fill(live._births, new Birth(Never, 0, 0));
        foreach ((string token, int id) in definition.Ids)
            if (IsSymbol(token, definition.EndOfWordSuffix))
                live._births[id] = new Birth(Symbol, 0, 0);
        return live.TryAdd(definition.Merges) ? live : null;
    }

    /// <summary>
    /// Merges whose parts come about later than they could merge, as the rows of spaces of some SentencePiece models. A text with such two parts
    /// side by side must be merged; in any other text they do nothing, nor do those that build upon them.
    /// </summary>
    public IReadOnlyList<BpeMerge> Late => _late;

    /// <summary>Whether some text gives the token; others are only taken where merges are ignored.</summary>
    public bool CanBeMade(int id) => _births[id].Rank != Never;

    /// <summary>Whether two tokens may stand side by side.</summary>
    public bool AreApart(int left, int right) => _pairs.Find(left, right) == MergeTable.None && NothingCrosses(left, right);

    /// <summary>Takes both apart again, the latest merge first, and looks for a pair across the border that would have come before it.</summary>
    private bool NothingCrosses(int left, int right)
    {
        Birth[] births = _births;
        while (true)
        {
            Birth first = births[left], second = births[right];
            uint before;
            if (first.Rank > second.Rank)
                (left, before) = (first.Right, (uint)first.Rank);
            else if (second.Rank == Symbol)
                return true;
            else
                // Of equal ranks the one across the border comes first, as it stands further left.
                (right, before) = (second.Left, (uint)second.Rank + 1);
            if (_pairs.Find(left, right) >> 32 < before)
                return false;
        }
    }

    private bool TryAdd(IEnumerable<BpeMerge> merges)
    {
        var last = new Dictionary<(int, int), BpeMerge>();
        foreach (BpeMerge merge in merges)
            last[(merge.Left, merge.Right)] = merge;
        var early = new List<BpeMerge>();
        foreach (BpeMerge merge in last.Values.OrderBy(merge => merge.Rank))
        {
            if (!CanBeMade(merge.Left) || !CanBeMade(merge.Right))
            {
                early.Add(merge);
                continue;
            }
            if (!NothingCrosses(merge.Left, merge.Right))
                continue;
            if (_births[merge.Left].Rank >= merge.Rank || _births[merge.Right].Rank >= merge.Rank)
            {
                _late.Add(merge);
                continue;
            }
            if (CanBeMade(merge.Result))
                return false;
            _births[merge.Result] = new Birth(merge.Rank, merge.Left, merge.Right);
            _pairs.Add(merge);
        }
        _late.AddRange(early.Where(merge => CanBeMade(merge.Left) && CanBeMade(merge.Right) && NothingCrosses(merge.Left, merge.Right)));
        return _late.Count <= MostLate;
    }

    private static bool IsSymbol(string token, string suffix)
    {
        ReadOnlySpan<char> text = suffix.Length > 0 && token.Length > suffix.Length && token.EndsWith(suffix, StringComparison.Ordinal)
            ? token.AsSpan(0, token.Length - suffix.Length) : token;
        return Rune.DecodeFromUtf16(text, out _, out int length) == OperationStatus.Done && length == text.Length;
    }

    /// <summary>The rank of the merge that makes a token, and its parts.</summary>
    private readonly record struct Birth(int Rank, int Left, int Right);
}
