using System.Text;

namespace Weft.Data;

/// <summary>Cuts a stream of characters into documents by the rule that <see cref="TextFiles.Read"/> states.</summary>
internal sealed class TextSections
{
    /// <summary>From here on a blank line ends a document; in characters.</summary>
    public const int Target = 2_000;

    /// <summary>From here on any line end does.</summary>
    public const int Limit = 4_000;

    /// <summary>From here on a line is cut at a white space, and blank lines alone end a document.</summary>
    public const int LineLimit = 8_000;

    private readonly StringBuilder _document = new();
    private readonly StringBuilder _blankLines = new();

    public static IEnumerable<string> Split(IEnumerable<ReadOnlyMemory<char>> pieces)
    {
        var sections = new TextSections();
        foreach (string line in Lines(pieces))
            if (sections.Add(line) is { } document)
                yield return document;
        if (sections.Take() is { Length: > 0 } rest)
            yield return rest;
    }

    /// <summary>Adds a line with its end; returns the document before the line, if one ends there.</summary>
    private string? Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            if (_document.Length > 0)
                _blankLines.Append(line);
            return _blankLines.Length > LineLimit ? Take() : null;
        }
        bool cut = _document.Length >= Limit || (_document.Length >= Target && _blankLines.Length > 0);
        string? document = cut ? Take() : null;
        _document.Append(_blankLines).Append(line);
        _blankLines.Clear();
        return document;
    }

    private string Take()
    {
        string document = _document.ToString().TrimEnd();
        _document.Clear();
        _blankLines.Clear();
        return document;
    }

    /// <summary>
    /// Lines with their ends. An overlong line comes in several parts, so that memory is bounded by the limits.
    /// </summary>
    public static IEnumerable<string> Lines(IEnumerable<ReadOnlyMemory<char>> pieces)
    {
        var line = new StringBuilder();
        foreach (ReadOnlyMemory<char> piece in pieces)
        {
            for (int at = 0; at < piece.Length;)
            {
                int room = LineLimit - line.Length;
                ReadOnlySpan<char> rest = piece.Span[at..Math.Min(piece.Length, at + room)];
                int end = rest.IndexOf('\n');
                line.Append(end < 0 ? rest : rest[..(end + 1)]);
                at += end < 0 ? rest.Length : end + 1;
                if (end >= 0)
                {
                    yield return line.ToString();
                    line.Clear();
                }
                else if (line.Length == LineLimit)
                {
                    string part = line.ToString(0, CutOf(line));
                    line.Remove(0, part.Length);
                    yield return part;
                }
            }
        }
        if (line.Length > 0)
            yield return line.ToString();
    }

    private static int CutOf(StringBuilder line)
    {
        for (int i = line.Length; i > 1; i--)
            if (char.IsWhiteSpace(line[i - 1]))
                return i;
        return char.IsHighSurrogate(line[^1]) ? line.Length - 1 : line.Length;
    }
}
