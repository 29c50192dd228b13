using Weft.Text.Normalizers;
using Weft.Text.Unigram;

namespace Weft.Text.Files.SentencePiece;

/// <summary>A SentencePiece model as data, whichever file it comes from.</summary>
/// <param name="Pieces">The pieces; the index is the id.</param>
/// <param name="IsUnigram">Unigram; otherwise byte-pair encoding, where the score is the order of merging.</param>
internal sealed record SentencePieceSpec(IReadOnlyList<ScoredPiece> Pieces, bool IsUnigram)
{
    public bool ByteFallback { get; init; }

    /// <summary>Rules of normalization; empty for none.</summary>
    public ReadOnlyMemory<byte> CharsMap { get; init; }

    public SentencePieceOptions Normalization { get; init; } = new();
}
