namespace Weft.Text;

/// <summary>Which part of a text is cut out where it is too long.</summary>
public enum CutPart
{
    /// <summary>Its end.</summary>
    Tail,

    /// <summary>Its beginning.</summary>
    Head,

    /// <summary>Its middle: as much is kept of the beginning as of the end (Sun et al. 2019, "How to fine-tune BERT for text classification?", arXiv:1905.05583, section 5.3.1).</summary>
    Middle,
}

/// <summary>Cuts texts that were encoded whole, so that all ways of cutting see the same tokens.</summary>
public static class EncodedTextCutting
{
    /// <summary>The text with at most so many ids. What stands around texts stays; of a pair the longer text gets shorter, until both have the same length.</summary>
    /// <param name="text">Without padding and overflow.</param>
    /// <param name="maximumLength">Ids of the result, special tokens included.</param>
    /// <param name="part">What is cut out.</param>
    /// <returns>The text itself where it is short enough.</returns>
    /// <exception cref="ArgumentException">What stands around the texts leaves no room for them.</exception>
    public static EncodedText Without(this EncodedText text, CutPart part, int maximumLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Ids.Length <= maximumLength)
            return text;
        int[] lengths = [text.Sequences.Count(0), text.Sequences.Count(1)];
        int room = maximumLength - (text.Ids.Length - lengths[0] - lengths[1]);
        if (room < 1)
            throw new ArgumentException($"{maximumLength} tokens leave no room for a text beside {text.Ids.Length - lengths[0] - lengths[1]} special ones; allow more", nameof(maximumLength));
        // The shorter text of a pair stays whole where it takes no more than half of the room; of equal ones the first counts as the shorter, as in Hugging Face's tokenizers.
        int shorter = lengths[0] <= lengths[1] ? 0 : 1;
        int[] kept = new int[2], seen = new int[2];
        kept[shorter] = Math.Min(lengths[shorter], room / 2);
        kept[1 - shorter] = room - kept[shorter];
        int[] places = [.. Enumerable.Range(0, text.Ids.Length).Where(place =>
        {
            int sequence = text.Sequences[place];
            return sequence < 0 || Keeps(part, seen[sequence]++, kept[sequence], lengths[sequence]);
        })];
        return new()
        {
            Ids = At(text.Ids),
            TypeIds = At(text.TypeIds),
            Offsets = At(text.Offsets),
            Sequences = At(text.Sequences),
            AttentionMask = At(text.AttentionMask),
        };

        T[] At<T>(T[] values) => [.. places.Select(place => values[place])];
    }

    /// <summary>Whether a text keeps its token at <paramref name="index"/>.</summary>
    private static bool Keeps(CutPart part, int index, int kept, int length) => part switch
    {
        CutPart.Tail => index < kept,
        CutPart.Head => index >= length - kept,
        CutPart.Middle => index < (kept + 1) / 2 || index >= length - (kept / 2),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "give a part of a text"),
    };

    private static int Count(this int[] sequences, int sequence) => sequences.AsSpan().Count(sequence);
}
