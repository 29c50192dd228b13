namespace Weft.Data;

/// <summary>
/// Holds out the end of a text as it stands: first training, then validation, then test. The split of nanoGPT's character models;
/// it keeps the text whole, where a hash split would cut it into documents.
/// </summary>
public static class TailSplit
{
    /// <summary>Splits the documents' text, joined without a separator, at two character positions.</summary>
    /// <param name="documents">Text in order.</param>
    /// <param name="validationFraction">Share of the characters.</param>
    /// <param name="testFraction">Share of the characters, at the very end.</param>
    /// <exception cref="InvalidDataException">A split that was asked for would be empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A fraction is not in [0, 1], or they add up to more than 1.</exception>
    public static Corpus Of(IEnumerable<TextDocument> documents, double validationFraction, double testFraction)
    {
        ArgumentNullException.ThrowIfNull(documents);
        HashSplit.CheckFractions(validationFraction, testFraction);
        TextDocument[] all = [.. documents];
        string text = string.Concat(all.Select(document => document.Text));
        int train = Boundary(text, 1 - validationFraction - testFraction);
        int validation = Boundary(text, 1 - testFraction);
        IReadOnlyList<TextDocument> Part(int start, int end) => start == end ? [] : [new(text[start..end], all[0].Source)];
        if (train == 0 || (validationFraction > 0 && train == validation) || (testFraction > 0 && validation == text.Length))
            throw new InvalidDataException(
                $"{all.FirstOrDefault()?.Source ?? "no document"}: {text.Length} characters are too few to split; give more text");
        return CorpusBuilder.Counted([Part(0, train), Part(train, validation), Part(validation, text.Length)], all.Length, 0);
    }

    private static int Boundary(string text, double fraction)
    {
        int position = (int)(text.Length * Math.Clamp(fraction, 0, 1));
        // A surrogate pair is one character.
        return position > 0 && position < text.Length && char.IsLowSurrogate(text[position]) ? position + 1 : position;
    }
}
