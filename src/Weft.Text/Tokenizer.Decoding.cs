using System.Buffers;

namespace Weft.Text;

/// <content>Ids to text.</content>
public sealed partial class Tokenizer
{
    /// <summary>Ids to text. Bytes that are no UTF-8 give U+FFFD; an id in a gap of the vocabulary gives nothing.</summary>
    /// <param name="ids">Ids in [0, <see cref="VocabularySize"/>).</param>
    /// <param name="skipSpecialTokens">Leave special tokens out of the text.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary size.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        Detokenizer detokenizer = CreateDetokenizer(skipSpecialTokens);
        foreach (int id in ids)
            detokenizer.Push(id);
        return detokenizer.Flush();
    }

    /// <summary>Ids to text in memory of the caller.</summary>
    /// <param name="ids">Ids in [0, <see cref="VocabularySize"/>).</param>
    /// <param name="destination">Receives the text.</param>
    /// <param name="idsConsumed">The ids whose text, as far as it is certain, was written.</param>
    /// <param name="charsWritten">UTF-16 units written.</param>
    /// <param name="skipSpecialTokens">Leave special tokens out of the text.</param>
    /// <returns><see cref="OperationStatus.DestinationTooSmall"/> when not all of the text fits; what was written is its beginning.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary size.</exception>
    public OperationStatus Decode(ReadOnlySpan<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten, bool skipSpecialTokens = true)
    {
        Detokenizer detokenizer = CreateDetokenizer(skipSpecialTokens);
        (idsConsumed, charsWritten) = (0, 0);
        for (int i = 0; i <= ids.Length; i++)
        {
            string text = i < ids.Length ? detokenizer.Append(ids[i]) : detokenizer.Flush();
            if (!text.TryCopyTo(destination[charsWritten..]))
                return OperationStatus.DestinationTooSmall;
            charsWritten += text.Length;
            idsConsumed = Math.Min(i + 1, ids.Length);
        }
        return OperationStatus.Done;
    }

    /// <summary>A decoder that takes one id at a time.</summary>
    /// <param name="skipSpecialTokens">Leave special tokens out of the text.</param>
    public Detokenizer CreateDetokenizer(bool skipSpecialTokens = true) => new(this, _decoder, skipSpecialTokens);
}
