namespace Weft.Text.Unigram;

/// <summary>
/// A unigram language model as data (Kudo 2018, "Subword Regularization"): of all ways to cut a text into pieces the one with the
/// highest sum of scores.
/// </summary>
/// <param name="Pieces">Pieces and their log probabilities; the index is the id. Unlisted ones come last.</param>
/// <param name="UnknownId">Stands for runs of characters that no piece covers; without one they are dropped.</param>
internal sealed record UnigramDefinition(IReadOnlyList<ScoredPiece> Pieces, int? UnknownId)
{
    /// <summary>Unknown characters become the pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> of their UTF-8 bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>
    /// The types of pieces count and sums are rounded to single precision, as in SentencePiece itself. Otherwise every piece is a
    /// normal one and sums are double, as in Hugging Face tokenizers.
    /// </summary>
    public bool AsSentencePiece { get; init; }

    /// <summary>Pieces that text never becomes, such as the marks of its structure.</summary>
    public IReadOnlySet<int> Unmatched { get; init; } = new HashSet<int>();
}
