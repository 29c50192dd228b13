using System.Buffers;
using System.Text;

namespace Weft.Text.Bpe;

/// <summary>Whether two tokens may stand side by side in what merging a text gives.</summary>
internal enum Neighbours
{
    /// <summary>Something would have merged across their border.</summary>
    Merge,

    /// <summary>They stay as they are.</summary>
    Stay,

    /// <summary>A late merge may be about; only merging tells.</summary>
    Unsure,
}

/// <summary>
/// The merges that can happen, as a tree for each token. All tokens of a text are known when it is known which two tokens may stand
/// side by side: two do when merging the text of both alone would give just these two. For if the merges of a whole text ever
/// crossed the border of two such tokens, the first crossing would happen in the text of the two alone as well. Likewise a token
/// comes about in one way only, whatever stands around it: the last merge of its own text.
/// A few vocabularies have late merges, whose parts come about later than they could merge. They do nothing as long as their two parts never
/// meet, which is looked for wherever two tokens meet.
/// </summary>
internal sealed class LiveMerges
{
    private const int Symbol = -1, Never = int.MaxValue;

    // In place of the result of a late merge.
    private const int Late = -1;

    private readonly Birth[] _births;
    private readonly MergeTable _pairs;
    private readonly bool[] _unsure;

    private LiveMerges(int ids, int merges) => (_births, _pairs, _unsure) = (new Birth[ids], new MergeTable(merges), new bool[ids]);

    /// <summary>Null for symbols with prefixes, which only merging joins.</summary>
    public static LiveMerges? Of(BpeDefinition definition)
    {
        if (definition.ContinuingSubwordPrefix.Length > 0)
            return null;
        var live = new LiveMerges(definition.Ids.Values.DefaultIfEmpty(-1).Max() + 1, definition.Merges.Count);
        Array.Fill(live._births, new Birth(Never, 0, 0));
        foreach ((string token, int id) in definition.Ids)
            if (IsSymbol(token, definition.EndOfWordSuffix))
                live._births[id] = new Birth(Symbol, 0, 0);
        live.Add(definition.Merges);
        return live;
    }

    /// <summary>Whether some text gives the token; others are only taken where merges are ignored, or made by late merges.</summary>
    public bool CanBeMade(int id) => _births[id].Rank != Never;

    /// <summary>Whether the parts of a late merge meet while the token is made.</summary>
    public bool IsUnsure(int id) => _unsure[id];

    /// <summary>Whether two tokens may stand side by side.</summary>
    public Neighbours Meet(int left, int right)
    {
        ulong pair = _pairs.Find(left, right);
        return pair == MergeTable.None ? MeetApart(left, right) : (int)(uint)pair == Late ? Neighbours.Unsure : Neighbours.Merge;
    }

    /// <summary>Takes both apart again, the latest merge first, and looks for a pair across the border that would have come before it.</summary>
    private Neighbours MeetApart(int left, int right)
    {
        Birth[] births = _births;
        bool unsure = false;
        while (true)
        {
            Birth first = births[left], second = births[right];
            uint before;
            if (first.Rank > second.Rank)
                (left, before) = (first.Right, (uint)first.Rank);
            else if (second.Rank == Symbol)
                return unsure ? Neighbours.Unsure : Neighbours.Stay;
            else
                // Of equal ranks the one across the border comes first, as it stands further left.
                (right, before) = (second.Left, (uint)second.Rank + 1);
            ulong pair = _pairs.Find(left, right);
            if (pair == MergeTable.None)
                continue;
            if ((int)(uint)pair == Late)
                unsure = true;
            else if (pair >> 32 < before)
                return Neighbours.Merge;
        }
    }

    private void Add(IEnumerable<BpeMerge> merges)
    {
        var last = new Dictionary<(int, int), BpeMerge>();
        foreach (BpeMerge merge in merges)
            last[(merge.Left, merge.Right)] = merge;
        BpeMerge[] ordered = [.. last.Values.OrderBy(merge => merge.Rank)];
        var live = new List<BpeMerge>(ordered.Length);
        var late = new List<BpeMerge>();
        foreach (BpeMerge merge in ordered)
        {
            if (!CanBeMade(merge.Left) || !CanBeMade(merge.Right))
            {
                late.Add(merge);
                continue;
            }
            if (MeetApart(merge.Left, merge.Right) == Neighbours.Merge)
                continue;
            if (_births[merge.Left].Rank >= merge.Rank || _births[merge.Right].Rank >= merge.Rank || CanBeMade(merge.Result))
            {
                late.Add(merge);
                continue;
            }
            _births[merge.Result] = new Birth(merge.Rank, merge.Left, merge.Right);
            _pairs.Add(merge);
            live.Add(merge);
        }
        // Parts that only late merges make come after these.
        foreach (BpeMerge merge in late)
            if (CanBeMade(merge.Left) && CanBeMade(merge.Right) && MeetApart(merge.Left, merge.Right) != Neighbours.Merge)
                _pairs.Add(merge with { Result = Late });
        foreach (BpeMerge merge in live)
            _unsure[merge.Result] = _unsure[merge.Left] || _unsure[merge.Right] || MeetApart(merge.Left, merge.Right) != Neighbours.Stay;
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
