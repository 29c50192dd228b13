using System.Text;

namespace Weft.Text.Tests.Unigram;

/// <summary>
/// The best cut of a text as its definition says, for each end all pieces that may end there, O(n²): strings instead of a trie, no cache.
/// The oracle of the fast one.
/// </summary>
internal sealed class PlainUnigram(IReadOnlyList<(string Text, double Score)> pieces, int? unknownId)
{
    // Nothing longer is a piece.
    private int Longest { get; } = Math.Max(2, pieces.Max(piece => piece.Text.Length));

    private readonly Dictionary<string, int> _ids = pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(StringComparer.Ordinal);

    public bool ByteFallback { get; init; }

    public List<int> Encode(string text)
    {
        double unknown = pieces.Min(piece => piece.Score) - 10;
        var best = new (double Score, int Start, int Id)[text.Length + 1];
        for (int end = 1; end <= text.Length; end++)
        {
            best[end] = (double.NegativeInfinity, -1, -1);
            for (int start = Math.Max(0, end - Longest); start < end; start++)
            {
                if (start > 0 && best[start].Start < 0 || char.IsLowSurrogate(text[start]))
                    continue;
                int id = IdOf(text[start..end]);
                bool isCharacter = Rune.TryGetRuneAt(text, start, out Rune rune) && rune.Utf16SequenceLength == end - start;
                if (id < 0 && !isCharacter)
                    continue;
                double score = best[start].Score + (id < 0 ? unknown : pieces[id].Score);
                if (score > best[end].Score)
                    best[end] = (score, start, id);
            }
        }
        var cut = new List<(int Start, int End, int Id)>();
        for (int end = text.Length; end > 0; end = best[end].Start)
            cut.Insert(0, (best[end].Start, end, best[end].Id));
        return [.. Ids(text, cut)];
    }

    private int IdOf(string text) => _ids.GetValueOrDefault(text, -1);

    private IEnumerable<int> Ids(string text, List<(int Start, int End, int Id)> cut)
    {
        for (int i = 0; i < cut.Count; i++)
        {
            if (cut[i].Id >= 0 && cut[i].Id != unknownId)
            {
                yield return cut[i].Id;
                continue;
            }
            int last = i;
            while (last + 1 < cut.Count && (cut[last + 1].Id < 0 || cut[last + 1].Id == unknownId))
                last++;
            string run = text[cut[i].Start..cut[last].End];
            int[] bytes = [.. Encoding.UTF8.GetBytes(run).Select(b => IdOf($"<0x{b:X2}>"))];
            i = last;
            if (IdOf(run) is int whole and >= 0)
                yield return whole;
            else if (ByteFallback && !bytes.Contains(-1))
                foreach (int id in bytes)
                    yield return id;
            else if (unknownId is int id)
                yield return id;
        }
    }
}
