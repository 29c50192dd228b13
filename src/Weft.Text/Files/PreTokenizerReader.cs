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
            _ => throw type.Refuse("this type is not read yet; types read here: Sequence, ByteLevel, Split"),
        };
    }

    private static PreTokenizer ReadSplit(JsonField field)
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
        bool invert = field.Flag("invert", whenAbsent: false);
        // The matches of a known pattern leave nothing between them.
        if (read == SplitBehavior.Isolated || read == SplitBehavior.Removed && invert)
            if (PatternReader.ReadKnown(field) is ScannerPreTokenizer scanner)
                return scanner;
        return new SplitPreTokenizer(PatternReader.Read(field), read, invert);
    }
}
