using System.Text.RegularExpressions;

namespace Weft.Text.Tests.Assets;

/// <summary>Texts and their ids, as JTokkit publishes them for OpenAI's encodings.</summary>
internal static class JtokkitVectors
{
    public static List<(string Text, int[] Ids)> Read(string encoding)
    {
        string file = File.ReadAllText(TestAssets.Require($"tokenizer-vectors/jtokkit/{encoding}_encodings.csv"));
        return [.. Regex.Matches(file, "(?:^|\n)(?:\"((?:[^\"]|\"\")*)\"|([^\",\n]*)),\"\\[([0-9, ]*)\\]\",\"\\[[0-9, ]*\\]\"").Select(row => (
            row.Groups[1].Success ? row.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : row.Groups[2].Value,
            row.Groups[3].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, null)).ToArray()))];
    }
}
