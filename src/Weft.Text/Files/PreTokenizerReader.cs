using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>Pre-tokenizers of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    public static PreTokenizer Read(JsonField field)
    {
        JsonField type = field.Required("type");
        return type.Text() switch
        {
            "Sequence" => new PreTokenizerSequence([.. field.Required("pretokenizers").Items().Select(Read)]),
            "ByteLevel" => new ByteLevelPreTokenizer(
                field.Flag("add_prefix_space", whenAbsent: true), field.Flag("use_regex", whenAbsent: true)),
            "Split" => ReadSplit(field),
            "BertPreTokenizer" => new BertPreTokenizer(),
            "Whitespace" => new WhitespacePreTokenizer(),
            "WhitespaceSplit" => new WhitespaceSplitPreTokenizer(),
            "Punctuation" => CharacterPreTokenizerReader.ReadPunctuation(field),
            "Digits" => CharacterPreTokenizerReader.ReadDigits(field),
            "CharDelimiterSplit" => CharacterPreTokenizerReader.ReadDelimiter(field),
            "FixedLength" => CharacterPreTokenizerReader.ReadFixedLength(field),
            "UnicodeScripts" => new ScriptPreTokenizer(),
            "Metaspace" => MetaspaceReader.ReadPreTokenizer(field),
            _ => throw type.Refuse("this type is not read yet; types read here: Sequence, ByteLevel, Split, BertPreTokenizer, Whitespace, "
                + "WhitespaceSplit, Punctuation, Digits, CharDelimiterSplit, FixedLength, UnicodeScripts, Metaspace"),
        };
    }

    /// <summary>What becomes of matches.</summary>
    public static SplitBehavior ReadBehavior(JsonField behavior) => behavior.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw behavior.Refuse("write Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous here"),
    };

    private static PreTokenizer ReadSplit(JsonField field)
    {
        SplitBehavior behavior = ReadBehavior(field.Required("behavior"));
        bool invert = field.Flag("invert", whenAbsent: false);
        // The matches of a known pattern leave nothing between them.
        if (behavior == SplitBehavior.Isolated || behavior == SplitBehavior.Removed && invert)
            if (PatternReader.ReadKnown(field) is ScannerPreTokenizer scanner)
                return scanner;
        return new SplitPreTokenizer(PatternReader.Read(field), behavior, invert);
    }
}
