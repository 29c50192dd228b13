using System.Text.RegularExpressions;

namespace Weft.House.Tests;

/// <summary>What the tests read from a document: its fenced blocks and its links.</summary>
internal sealed partial record MarkdownFile(string Path, string Text)
{
    internal sealed record Block(string Language, int Line, string Text);

    public static IEnumerable<MarkdownFile> All => Repository.Files
        .Where(path => path.EndsWith(".md", StringComparison.Ordinal)).Select(path => new MarkdownFile(path, File.ReadAllText(Repository.FullPath(path))));

    private string[] Lines => Text.ReplaceLineEndings("\n").Split('\n');

    /// <summary>Fenced blocks with the first word behind the fence; Line is that of the first line inside.</summary>
    public IEnumerable<Block> Blocks()
    {
        string[] lines = Lines;
        for (int i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is not { Success: true } open)
                continue;
            int start = ++i, indent = open.Groups[1].Length;
            while (i < lines.Length && lines[i].Trim() != open.Groups[2].Value)
                i++;
            IEnumerable<string> inside = lines[start..i].Select(line => line[Math.Min(indent, line.Length - line.TrimStart().Length)..]);
            yield return new(open.Groups[3].Value, start + 1, string.Join('\n', inside));
        }
    }

    /// <summary>Targets of links and images outside code, without addresses elsewhere and anchors.</summary>
    public IEnumerable<string> LocalLinks()
    {
        HashSet<int> code = [.. Blocks().SelectMany(block => Enumerable.Range(block.Line, block.Text.AsSpan().Count('\n') + 1))];
        string text = string.Join('\n', Lines.Where((_, i) => !code.Contains(i + 1)));
        return Link().Matches(CodeSpan().Replace(text, ""))
            .Select(match => match.Groups.Values.Skip(1).First(group => group.Success).Value.Split('#')[0])
            .Where(target => target.Length > 0 && !Address().IsMatch(target))
            .Select(Uri.UnescapeDataString);
    }

    [GeneratedRegex(@"^( *)(```+|~~~+)\s*([^\s`{]*)")]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("""\]\(<?([^\s)>]+)>?(?:\s+"[^"]*")?\)|(?:src|href)="([^"]+)"|^\[[^\]^]+\]:\s+<?([^\s>]+)""", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9+.-]*:")]
    private static partial Regex Address();
}
