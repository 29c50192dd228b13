namespace Weft.Cli;

/// <summary>Finds what a mistyped word was meant to be.</summary>
internal static class Spelling
{
    /// <summary>The known word that is nearest, or null where none is near.</summary>
    public static string? Closest(string word, IEnumerable<string> known) => known
        .Select(candidate => (candidate, distance: Distance(word.ToLowerInvariant(), candidate)))
        .Where(pair => pair.distance <= Math.Max(1, pair.candidate.Length / 3)
            || (word.Length > 2 && pair.candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
        .OrderBy(pair => pair.distance)
        .Select(pair => pair.candidate)
        .FirstOrDefault();

    /// <summary>Insertions, deletions, replacements and swaps of neighbours between two words (restricted Damerau-Levenshtein).</summary>
    public static int Distance(string a, string b)
    {
        int[,] distance = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
                distance[i, j] = i == 0 || j == 0 ? i + j : Cheapest(i, j);
        return distance[a.Length, b.Length];

        int Cheapest(int i, int j)
        {
            int cost = a[i - 1] == b[j - 1] ? 0 : 1;
            int best = Math.Min(Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1, distance[i - 1, j - 1] + cost);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            return swapped ? Math.Min(best, distance[i - 2, j - 2] + 1) : best;
        }
    }
}
