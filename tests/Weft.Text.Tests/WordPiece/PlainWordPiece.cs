namespace Weft.Text.Tests.WordPiece;

/// <summary>WordPiece as its definition says: try ever shorter beginnings of what is left of the word. Strings, no tree, no cache.</summary>
internal sealed class PlainWordPiece(IReadOnlyDictionary<string, int> ids, string unknown, string prefix, int most)
{
    public List<int> Encode(string word)
    {
        string[] characters = [.. word.EnumerateRunes().Select(rune => rune.ToString())];
        var found = new List<int>();
        for (int start = 0, end; start < characters.Length; start = end)
        {
            for (end = characters.Length; end > start && !ids.ContainsKey(Token(start, end)); end--)
            {
            }
            if (end == start)
                return [ids[unknown]];
            found.Add(ids[Token(start, end)]);
        }
        return characters.Length > most ? [ids[unknown]] : found;

        string Token(int start, int end) => (start > 0 ? prefix : "") + string.Concat(characters[start..end]);
    }
}
