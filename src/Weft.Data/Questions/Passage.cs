using System.Text.RegularExpressions;

namespace Weft.Data;

/// <summary>A part of a text, in UTF-16 units.</summary>
/// <param name="Start">Its first.</param>
/// <param name="End">The one behind its last.</param>
internal readonly record struct TextSpan(int Start, int End)
{
    /// <summary>What it says.</summary>
    public string In(string text) => text[Start..End];

    /// <summary>Where a pattern matches within it, whatever stands around it.</summary>
    public IEnumerable<Match> Matches(Regex pattern, string text)
    {
        for (Match match = pattern.Match(text, Start, End - Start); match.Success; match = match.NextMatch())
            yield return match;
    }
}

/// <summary>A paragraph or so of whole sentences.</summary>
/// <param name="Text">Sentences, with a blank between them where the script has blanks.</param>
/// <param name="Sentences">Where they stand.</param>
/// <param name="Article">What it is a part of.</param>
/// <param name="File">Where it was read.</param>
internal sealed record Passage(string Text, IReadOnlyList<TextSpan> Sentences, string Article, string File);
