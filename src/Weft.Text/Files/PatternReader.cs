using System.Text.RegularExpressions;
using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>The patterns of a tokenizer.json: a fixed string or a regular expression.</summary>
internal static class PatternReader
{
    // Up to a class that holds an unescaped [ or &&, step over characters, escapes and plain classes.
    private const string NestedClass =
        @"\A([^\\[]|\\.|\[([^\\[\]&]|\\.|&(?!&))*\])*\[([^\\[\]&]|\\.|&(?!&))*(\[|&&)";

    /// <summary>What finds the matches of the field's <c>pattern</c>.</summary>
    public static FindMatches Read(JsonField field)
    {
        JsonField pattern = field.Required("pattern");
        if (pattern.Optional("String") is JsonField text)
            return SplitPreTokenizer.FindText(text.Text());
        JsonField expression = pattern.Required("Regex");
        string regex = expression.Text();
        if (KnownPatterns.Find(regex) is ScannerPreTokenizer scanner)
            return scanner.FindMatches;
        if (Regex.IsMatch(regex, NestedClass, RegexOptions.Singleline))
            throw expression.Refuse(".NET reads a class inside a class and && otherwise than Oniguruma; write one plain class");
        try
        {
            return new ScalarRegex(regex, place: $"{expression.File}: field '{expression.Path}'").FindMatches;
        }
        catch (RegexParseException error)
        {
            throw expression.Refuse(
                $".NET cannot read this expression ({error.Error}); rewrite it without what only Oniguruma has");
        }
    }

    /// <summary>The scanner of the field's <c>pattern</c>, or null when it has none.</summary>
    public static ScannerPreTokenizer? ReadKnown(JsonField field) =>
        field.Required("pattern").Optional("Regex") is JsonField regex ? KnownPatterns.Find(regex.Text()) : null;

    /// <summary>A pattern that must be a fixed string of at least one character.</summary>
    public static string ReadFixed(JsonField field)
    {
        JsonField pattern = field.Required("pattern");
        if (pattern.Optional("String") is not JsonField text)
            throw pattern.Refuse("only a fixed string is read here: {\"String\": \"...\"}");
        return text.Text() is { Length: > 0 } value ? value : throw text.Refuse("write at least one character here");
    }

    /// <summary>A normalizer <c>Replace</c>.</summary>
    public static Normalizer ReadReplacement(JsonField field)
    {
        string content = field.Required("content").Text();
        return field.Required("pattern").Optional("String") is null
            ? new ReplaceNormalizer(Read(field), content)
            : ReplaceNormalizer.Of(ReadFixed(field), content);
    }
}
