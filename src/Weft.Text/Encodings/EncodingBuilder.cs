using Weft.Text.PostProcessors;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>From the ids of one or two texts to what a model takes: cut, put into the template, offsets trimmed.</summary>
internal sealed class EncodingBuilder(Tokenizer tokenizer, PostProcessor around)
{
    private static readonly char SpaceByte = ByteAlphabet.ToCharacter((byte)' ');

    /// <param name="sequences">One text or two.</param>
    /// <param name="truncation">Null cuts nothing.</param>
    public EncodedText Build(IReadOnlyList<Sequence> sequences, Truncation? truncation)
    {
        bool pair = sequences.Count == 2;
        if (pair && around.Pair.Count == 0)
            throw new NotSupportedException("the tokenizer's post-processor has no template for a pair of texts; encode them one by one");
        IReadOnlyList<Sequence>[] parts = truncation is null
            ? [.. sequences.Select(sequence => (IReadOnlyList<Sequence>)[sequence])]
            : Cut(sequences, truncation);
        EncodedText[] all = [.. Combinations(parts).Select(texts => Place(texts))];
        return all[0] with { Overflow = all[1..] };
    }

    private IReadOnlyList<Sequence>[] Cut(IReadOnlyList<Sequence> sequences, Truncation truncation)
    {
        int room = truncation.MaximumLength - around.AddedCount(sequences.Count == 2);
        if (room < 0 || truncation.Stride < 0)
            throw new ArgumentException($"a maximum length of {truncation.MaximumLength} leaves no room beside {around.AddedCount(sequences.Count == 2)} special tokens; make it longer", nameof(truncation));
        int[] lengths = Lengths([.. sequences.Select(sequence => sequence.Length)], room, truncation.Strategy);
        return [.. sequences.Select((sequence, i) =>
            lengths[i] < sequence.Length && lengths[i] > 0 && truncation.Stride >= lengths[i]
                ? throw new ArgumentException($"a stride of {truncation.Stride} is not below the {lengths[i]} ids of a part; make it smaller or the maximum length longer", nameof(truncation))
                : sequence.Cut(lengths[i], truncation.Stride, truncation.FromLeft))];
    }

    /// <summary>How many ids of each text are kept, as Hugging Face's strategies divide the room.</summary>
    private static int[] Lengths(int[] lengths, int room, TruncationStrategy strategy)
    {
        int surplus = lengths.Sum() - room;
        if (surplus <= 0)
            return lengths;
        if (strategy != TruncationStrategy.LongestFirst || lengths.Length == 1)
        {
            int which = strategy == TruncationStrategy.OnlySecond ? 1 : 0;
            if (which >= lengths.Length || lengths[which] <= surplus && strategy != TruncationStrategy.LongestFirst)
                throw new ArgumentException($"{surplus} ids must go, which {strategy} cannot take from texts of {string.Join(" and ", lengths)}; use another strategy or a longer maximum", nameof(strategy));
            lengths[which] -= surplus;
            return lengths;
        }
        (int shorter, int longer) = lengths[0] <= lengths[1] ? (0, 1) : (1, 0);
        lengths[longer] = Math.Max(lengths[shorter], room - lengths[shorter]);
        if (lengths[0] + lengths[1] > room)
            (lengths[shorter], lengths[longer]) = (room / 2, room - room / 2);
        return lengths;
    }

    // Everything kept first; then each part that was cut off of the first text with all of the second, and so on.
    private static IEnumerable<Sequence[]> Combinations(IReadOnlyList<Sequence>[] parts)
    {
        if (parts.Length == 1)
            return parts[0].Select(part => (Sequence[])[part]);
        return [[parts[0][0], parts[1][0]],
            .. parts[0].Skip(1).SelectMany(first => parts[1].Select(second => (Sequence[])[first, second])),
            .. parts[1].Skip(1).Select(second => (Sequence[])[parts[0][0], second])];
    }

    private EncodedText Place(Sequence[] texts)
    {
        IReadOnlyList<TemplatePart> template = texts.Length == 2 ? around.Pair : around.Single;
        int count = template.Sum(part => part.IsText ? texts[part.Sequence].Length : 1), at = 0;
        var encoded = new EncodedText
        {
            Ids = new int[count],
            TypeIds = new int[count],
            Offsets = new Range[count],
            Sequences = new int[count],
            AttentionMask = new int[count],
        };
        Array.Fill(encoded.AttentionMask, 1);
        foreach (TemplatePart part in template)
        {
            int length = part.IsText ? texts[part.Sequence].Length : 1;
            encoded.TypeIds.AsSpan(at, length).Fill(part.TypeId);
            encoded.Sequences.AsSpan(at, length).Fill(part.Sequence);
            if (part.IsText)
                Fill(encoded, at, texts[part.Sequence]);
            else
                encoded.Ids[at] = part.Id;
            at += length;
        }
        return encoded;
    }

    private void Fill(EncodedText encoded, int at, Sequence text)
    {
        text.Ids.CopyTo(encoded.Ids, at);
        for (int i = 0; i < text.Length; i++)
        {
            Origin origin = around.TrimOffsets ? Trim(text.Origins[i], text.Ids[i], i == 0) : text.Origins[i];
            encoded.Offsets[at + i] = origin.Start..origin.End;
        }
    }

    /// <summary>Without the white space at the token's ends, as Hugging Face's byte-level post-processor.</summary>
    private Origin Trim(Origin origin, int id, bool isFirst)
    {
        string token = tokenizer.IdToToken(id)!;
        int leading = 0, trailing = 0;
        while (leading < token.Length && IsSpace(token[leading]))
            leading++;
        while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            trailing++;
        if (leading > 0 && around.AddPrefixSpace && (isFirst || origin.Start == 0))
            leading--;
        int start = Math.Min(origin.Start + leading, origin.End);
        return new Origin(start, origin.End >= trailing ? Math.Max(origin.End - trailing, start) : origin.End);
    }

    // All white space is of one unit.
    private static bool IsSpace(char unit) => unit == SpaceByte || char.IsWhiteSpace(unit);
}
