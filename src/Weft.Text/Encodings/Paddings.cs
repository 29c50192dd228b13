namespace Weft.Text;

/// <summary>Makes the texts of a batch equally long.</summary>
internal static class Paddings
{
    public static EncodedText[] Apply(EncodedText[] texts, Padding padding)
    {
        if (padding.FixedLength is < 0 || padding.MultipleOf is < 1)
            throw new ArgumentException($"padding to {padding.FixedLength ?? padding.MultipleOf} ids is impossible; give a positive length", nameof(padding));
        int length = padding.FixedLength ?? texts.Select(text => text.Ids.Length).DefaultIfEmpty(0).Max();
        if (padding.MultipleOf is int multiple)
            length = checked((length + multiple - 1) / multiple * multiple);
        return [.. texts.Select(text => Fill(text, length, padding))];
    }

    private static EncodedText Fill(EncodedText text, int length, Padding padding)
    {
        int missing = Math.Max(0, length - text.Ids.Length);
        T[] Filled<T>(T[] values, T filler)
        {
            T[] filling = new T[missing];
            Array.Fill(filling, filler);
            return padding.OnLeft ? [.. filling, .. values] : [.. values, .. filling];
        }
        return text with
        {
            Ids = Filled(text.Ids, padding.Id),
            TypeIds = Filled(text.TypeIds, padding.TypeId),
            Offsets = Filled(text.Offsets, default),
            Sequences = Filled(text.Sequences, -1),
            AttentionMask = Filled(text.AttentionMask, 0),
            Overflow = [.. text.Overflow.Select(part => Fill(part, length, padding))],
        };
    }
}
