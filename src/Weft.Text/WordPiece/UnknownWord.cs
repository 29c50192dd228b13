using Weft.Text.Files;

namespace Weft.Text.WordPiece;

/// <summary>What a word becomes that the vocabulary does not cover. A file may lack that token as long as every word is covered.</summary>
internal sealed class UnknownWord(IReadOnlyDictionary<string, int> ids, string token)
{
    private readonly int _id = ids.TryGetValue(token, out int id) ? id : -1;

    /// <exception cref="InvalidDataException">The vocabulary lacks the unknown token.</exception>
    public int IdFor(ReadOnlySpan<char> word) => _id >= 0 ? _id : throw new InvalidDataException(
        $"tokenizer.json: field 'model.unk_token' is \"{JsonField.Shorten(token)}\", which the vocabulary lacks, and the word "
        + $"'{JsonField.Shorten(word.ToString())}' is unknown; add the token to model.vocab");
}
