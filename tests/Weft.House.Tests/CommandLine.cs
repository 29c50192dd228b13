using System.Text;

namespace Weft.House.Tests;

/// <summary>One call of the tool in a document, split as a shell would.</summary>
internal sealed record CommandLine(string Origin, IReadOnlyList<string> Words)
{
    private static readonly string[] ShellLanguages = ["sh", "bash", "console"];

    /// <summary>Every line of a shell block that calls <c>./weft</c>, continued lines joined.</summary>
    public static IEnumerable<CommandLine> In(MarkdownFile file)
    {
        foreach (MarkdownFile.Block block in file.Blocks().Where(block => ShellLanguages.Contains(block.Language)))
        {
            string[] lines = block.Text.Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                int first = i;
                string line = lines[i].Trim();
                while (line.EndsWith('\\') && i + 1 < lines.Length)
                    line = line[..^1] + lines[++i].Trim();
                if (line.StartsWith("$ ", StringComparison.Ordinal))
                    line = line[2..].TrimStart();
                if (line.StartsWith("./weft ", StringComparison.Ordinal))
                    yield return new($"{file.Path} line {block.Line + first}", Split(line["./weft ".Length..]));
            }
        }
    }

    /// <summary>The words up to a comment, a pipe, a redirection or the next command.</summary>
    public static IReadOnlyList<string> Split(string line)
    {
        List<string> words = [];
        StringBuilder? word = null;
        char quote = '\0';
        foreach (char c in line)
        {
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word!.Append(c);
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                word ??= new();
            }
            else if (char.IsWhiteSpace(c) || c is '|' or '>' or '<' or '&' or ';' || (c == '#' && word is null))
            {
                // The digit of 2> belongs to the redirection, not to the command.
                if (word is not null && !(c is '>' or '<' && word.ToString() is "1" or "2"))
                    words.Add(word.ToString());
                word = null;
                if (!char.IsWhiteSpace(c))
                    return words;
            }
            else
            {
                (word ??= new()).Append(c);
            }
        }
        if (word is not null)
            words.Add(word.ToString());
        return words;
    }
}
