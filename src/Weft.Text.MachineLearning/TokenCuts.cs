namespace Weft.Text.MachineLearning;

/// <summary>Where a text may be cut between its tokens: not inside of a character that several tokens share.</summary>
/// <param name="text">The tokens.</param>
/// <param name="length">UTF-16 units of the text.</param>
internal sealed class TokenCuts(EncodedText text, int length)
{
    public EncodedText Text { get; } = text;

    /// <summary>How many of the first tokens fit.</summary>
    public int Fitting(int maximum)
    {
        int count = Math.Min(maximum, Text.Ids.Length);
        while (count > 0 && !IsBoundary(count))
            count--;
        return count;
    }

    /// <summary>The first of the last tokens that fit.</summary>
    public int FittingFromEnd(int maximum)
    {
        int first = Math.Max(0, Text.Ids.Length - maximum);
        while (first < Text.Ids.Length && !IsBoundary(first))
            first++;
        return first;
    }

    /// <summary>Where the text of the first <paramref name="count"/> tokens ends; white space that belongs to the next one is not in it.</summary>
    public int IndexAfter(int count)
    {
        if (count == Text.Ids.Length)
            return length;
        int end = 0;
        for (int i = 0; i < count; i++)
            end = Math.Max(end, EndOf(i));
        return end;
    }

    private bool IsBoundary(int count)
    {
        // Tokens that the template adds stand for no text, and part nothing.
        int next = count;
        while (next < Text.Ids.Length && Text.Sequences[next] < 0)
            next++;
        return count == 0 || next >= Text.Ids.Length || IndexAfter(count) <= Text.Offsets[next].Start.Value;
    }

    private int EndOf(int i) => Text.Sequences[i] < 0 ? 0 : Text.Offsets[i].End.Value;
}
