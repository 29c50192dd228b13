using System.Text;

namespace Weft.Text.Tests.Bpe;

/// <summary>
/// Byte-pair encoding as its definition says: look at all pairs, merge the leftmost of the lowest rank, begin again. Strings
/// instead of ids, no table, no cache: the oracle of the fast one.
/// </summary>
internal sealed record PlainBpe(IReadOnlyDictionary<string, int> Ids, IReadOnlyList<(string Left, string Right)> Merges)
{
    public string? Unknown { get; init; }

    public bool FuseUnknown { get; init; }

    public bool ByteFallback { get; init; }

    public string ContinuingSubwordPrefix { get; init; } = "";

    public string EndOfWordSuffix { get; init; } = "";

    public List<int> Encode(string word)
    {
        List<string> symbols = Symbols(word);
        while (true)
        {
            int rank = int.MaxValue, at = -1;
            for (int i = 0; i + 1 < symbols.Count; i++)
                for (int r = 0; r < Merges.Count && r < rank; r++)
                    if (Merges[r] == (symbols[i], symbols[i + 1]))
                        (rank, at) = (r, i);
            if (at < 0)
                return [.. symbols.Select(symbol => Ids[symbol])];
            symbols[at] += symbols[at + 1][ContinuingSubwordPrefix.Length..];
            symbols.RemoveAt(at + 1);
        }
    }

    private List<string> Symbols(string word)
    {
        var symbols = new List<string>();
        bool unknownBefore = false;
        int at = 0;
        foreach (Rune rune in word.EnumerateRunes())
        {
            string marked = (at == 0 ? "" : ContinuingSubwordPrefix) + rune + (at + rune.Utf16SequenceLength == word.Length ? EndOfWordSuffix : "");
            at += rune.Utf16SequenceLength;
            bool unknown = false;
            if (Ids.ContainsKey(marked))
                symbols.Add(marked);
            else if (ByteFallback)
                symbols.AddRange(Encoding.UTF8.GetBytes(rune.ToString()).Select(b => $"<0x{b:X2}>"));
            else if (Unknown is not null)
            {
                unknown = true;
                if (!(unknownBefore && FuseUnknown))
                    symbols.Add(Unknown);
            }
            unknownBefore = unknown;
        }
        return symbols;
    }
}
