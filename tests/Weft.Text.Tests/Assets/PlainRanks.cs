using System.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Assets;

/// <summary>tiktoken's encoding as its definition says: the two neighbours whose bytes have the lowest rank become one, again and again.</summary>
internal sealed class PlainRanks
{
    private readonly Dictionary<string, int> _ranks = new(StringComparer.Ordinal);
    private readonly ScalarRegex _pattern;

    public PlainRanks(string file, string pattern)
    {
        foreach (string[] entry in File.ReadLines(file).Where(line => line.Length > 0).Select(line => line.Split(' ')))
            _ranks.Add(Encoding.Latin1.GetString(Convert.FromBase64String(entry[0])), int.Parse(entry[1], null));
        _pattern = new ScalarRegex(pattern.Replace("(?i:'s", "(?i:'s|'\u017F", StringComparison.Ordinal));
    }

    public int[] Encode(string text)
    {
        var matches = new List<(int Start, int End)>();
        _pattern.FindMatches(text, matches);
        return [.. matches.SelectMany(match => EncodePiece(text[match.Start..match.End]))];
    }

    private IEnumerable<int> EncodePiece(string piece)
    {
        // Bytes as the characters of the same numbers.
        string bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(piece));
        if (_ranks.TryGetValue(bytes, out int whole))
            return [whole];
        List<string> parts = [.. bytes.Select(b => b.ToString())];
        while (true)
        {
            int best = int.MaxValue, at = -1;
            for (int i = 0; i + 1 < parts.Count; i++)
                if (_ranks.TryGetValue(parts[i] + parts[i + 1], out int rank) && rank < best)
                    (best, at) = (rank, i);
            if (at < 0)
                return parts.Select(part => _ranks[part]);
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
    }
}
