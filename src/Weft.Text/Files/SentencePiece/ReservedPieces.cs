using System.Globalization;
using Weft.Text.Unigram;

namespace Weft.Text.Files.SentencePiece;

/// <summary>
/// Pegasus' numbering: between the first two pieces of a model, padding and end, and the others stand tokens that only pretraining used,
/// <c>&lt;mask_1></c>, <c>&lt;mask_2></c>, <c>&lt;unk_2></c> and so on.
/// </summary>
internal static class ReservedPieces
{
    private const int Before = 2;

    private static readonly string[] First = ["<pad>", "</s>"];

    private static readonly string[] Masks = ["<mask_1>", "<mask_2>"];

    /// <param name="spec">The model.</param>
    /// <param name="count">Reserved tokens, or 0.</param>
    /// <param name="file">Names the model in complaints.</param>
    public static SentencePieceSpec Insert(SentencePieceSpec spec, int count, string file)
    {
        if (count == 0)
            return spec;
        if (!spec.Pieces.Take(Before).Select(piece => piece.Text).SequenceEqual(First))
            throw new InvalidDataException($"{file}: the first pieces are {string.Join(", ", spec.Pieces.Take(Before).Select(piece => $"'{JsonField.Shorten(piece.Text)}'"))}; those of a Pegasus model are '<pad>' and '</s>'");
        IEnumerable<string> reserved = [.. Masks, .. Enumerable.Range(Before, Math.Max(0, count - Before)).Select(number => string.Create(CultureInfo.InvariantCulture, $"<unk_{number}>"))];
        return spec with
        {
            Pieces =
            [
                .. spec.Pieces.Take(Before), .. reserved.Take(count).Select(text => new ScoredPiece(text, 0, PieceType.Control)), .. spec.Pieces.Skip(Before),
            ],
        };
    }
}
