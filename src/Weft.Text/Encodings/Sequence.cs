namespace Weft.Text;

/// <summary>The ids of one text, before anything is put around them.</summary>
internal sealed record Sequence(int[] Ids, Origin[] Origins)
{
    public int Length => Ids.Length;

    public static Sequence Of(TokenList tokens) => new(tokens.Ids.ToArray(), tokens.Origins.ToArray());

    /// <summary>Cuts it into parts of at most <paramref name="length"/>; the first is what is kept.</summary>
    /// <param name="length">Ids of a part, more than <paramref name="stride"/> unless it is 0.</param>
    /// <param name="stride">Ids that a part repeats from the one before.</param>
    /// <param name="fromLeft">The parts are taken from the end of the text to its beginning.</param>
    public IReadOnlyList<Sequence> Cut(int length, int stride, bool fromLeft)
    {
        if (Length <= length)
            return [this];
        if (length == 0)
            return [new([], []), this];
        var parts = new List<Sequence>();
        for (int taken = 0; ; taken += length - stride)
        {
            int count = Math.Min(length, Length - taken), start = fromLeft ? Length - taken - count : taken;
            parts.Add(new(Ids[start..(start + count)], Origins[start..(start + count)]));
            if (taken + count == Length)
                return parts;
        }
    }
}
