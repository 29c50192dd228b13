namespace Weft.Text;

/// <summary>A token and the part of the original text that it stands for.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Value">The token as the file spells it.</param>
/// <param name="Offset">UTF-16 units of the text. Tokens that share a character all cover it; added ones cover nothing, 0..0.</param>
public readonly record struct EncodedToken(int Id, string Value, Range Offset);

/// <summary>One text or a pair of texts as a model takes it. All arrays have one element per id.</summary>
public sealed record EncodedText
{
    /// <summary>The ids.</summary>
    public required int[] Ids { get; init; }

    /// <summary>Tells the texts of a pair apart, as BERT's segments do.</summary>
    public required int[] TypeIds { get; init; }

    /// <summary>The part of its text that each id stands for, in UTF-16 units; 0..0 for ids that no text has.</summary>
    public required Range[] Offsets { get; init; }

    /// <summary>0 or 1 for ids of the first or the second text, -1 for ids that no text has.</summary>
    public required int[] Sequences { get; init; }

    /// <summary>1 for ids that the model shall see, 0 for padding.</summary>
    public required int[] AttentionMask { get; init; }

    /// <summary>What truncation cut off, in further parts of at most the same length. Empty when nothing was cut off.</summary>
    public IReadOnlyList<EncodedText> Overflow { get; init; } = [];
}
