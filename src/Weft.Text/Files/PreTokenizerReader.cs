using System.Text.RegularExpressions;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>Pre-tokenizers of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    // Up to a class that holds an unescaped [ or &&, step over characters, escapes and plain classes.
    private const string NestedClass =
        @"\A([^\\[]|\\.|\[([^\\[\]&]|\\.|&(?!&))*\])*\[([^\\[\]&]|\\.|&(?!&))*(\[|&&)";

    public static PreTokenizer Read(JsonField field)
    {
        JsonField type = field.Required("type");
        return type.Text() switch
        {
            "Sequence" => new PreTokenizerSequence([.. field.Required("pretokenizers").Items().Select(Read)]),
            "ByteLevel" => new ByteLevelPreTokenizer(
                field.Flag("add_prefix_space", whenAbsent: true), field.Flag("use_regex", whenAbsent: true)),
            "Split" => ReadSplit(field),
            _ => throw type.Refuse("this type is not read yet; types read here: Sequence, ByteLevel, Split"),
        };
    }

    private static SplitPreTokenizer ReadSplit(JsonField field)
    {
        JsonField behavior = field.Required("behavior");
        SplitBehavior read = behavior.Text() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw behavior.Refuse("write Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous here"),
        };
        return new SplitPreTokenizer(ReadPattern(field.Required("pattern")), read, field.Flag("invert", whenAbsent: false));
    }

    private static FindMatches ReadPattern(JsonField pattern)
    {
        if (pattern.Optional("String") is JsonField text)
            return SplitPreTokenizer.FindText(text.Text());
        JsonField expression = pattern.Required("Regex");
        string regex = expression.Text();
        if (regex == Gpt2Pattern.Text)
            return SplitPreTokenizer.FindGpt2;
        if (Regex.IsMatch(regex, NestedClass, RegexOptions.Singleline))
            throw expression.Refuse(".NET reads a class inside a class and && otherwise than Oniguruma; write one plain class");
        try
        {
            return new ScalarRegex(regex).FindMatches;
        }
        catch (RegexParseException error)
        {
            throw expression.Refuse(
                $".NET cannot read this expression ({error.Error}); rewrite it without what only Oniguruma has");
        }
    }
}
