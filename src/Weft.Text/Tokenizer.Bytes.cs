namespace Weft.Text;

/// <content>Ids to bytes.</content>
public sealed partial class Tokenizer
{
    /// <summary>
    /// The bytes that a token adds to a text; those of a text's tokens, joined, are the text in UTF-8. One token may have a part of a character. At the very beginning of a text
    /// some decoders drop a space, and bytes that are no UTF-8 are shown as U+FFFD.
    /// </summary>
    /// <param name="id">An id in [0, <see cref="VocabularySize"/>).</param>
    /// <returns>None for special tokens and for ids in a gap of the vocabulary.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or not below the vocabulary size.</exception>
    /// <exception cref="NotSupportedException">What a token stands for depends on its neighbours, as with WordPiece.</exception>
    public byte[] GetTokenBytes(int id)
    {
        if (id < 0 || id >= VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"id {id} is not in the vocabulary, whose size is {VocabularySize}");
        if (IdToToken(id) is not { } token || IsSpecial(id))
            return [];
        return _decoder.DecodeAlone(new(token, null), fused: false)?.ToBytes() ?? throw new NotSupportedException(
            $"token '{token}' has no bytes of its own: with the decoder of this tokenizer ({Components.Decoder ?? "none, which joins tokens by spaces"}) they depend on its neighbours; use a tokenizer of bytes or of SentencePiece's kind");
    }
}
