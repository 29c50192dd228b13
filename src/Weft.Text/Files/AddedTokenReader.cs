using Weft.Text.AddedTokens;

namespace Weft.Text.Files;

/// <summary>The <c>added_tokens</c> of a tokenizer.json, checked against the model's vocabulary.</summary>
internal static class AddedTokenReader
{
    public static IReadOnlyList<AddedToken> Read(JsonField field, IReadOnlyDictionary<string, int> modelIds)
    {
        Dictionary<int, string> owners = modelIds.ToDictionary(entry => entry.Value, entry => entry.Key);
        var tokens = new List<AddedToken>();
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonField item in field.Items())
        {
            AddedToken token = ReadToken(item);
            if (token.Content.Length == 0)
                throw item.Refuse("an added token needs at least one character; remove this one");
            if (!contents.Add(token.Content))
                throw item.Refuse("this content is added twice; keep one entry");
            if (modelIds.TryGetValue(token.Content, out int id) && id != token.Id)
                throw item.Refuse($"model.vocab gives this content id {id}; use the same id in both");
            if (!owners.TryAdd(token.Id, token.Content) && owners[token.Id] != token.Content)
                throw item.Refuse(
                    $"id {token.Id} belongs to token '{JsonField.Shorten(owners[token.Id])}'; give each token its own id");
            tokens.Add(token);
        }
        return tokens;
    }

    private static AddedToken ReadToken(JsonField item) =>
        new(item.Required("id").Integer(0, TokenizerReader.HighestId), item.Required("content").Text())
        {
            Special = item.Flag("special", whenAbsent: false),
            Normalized = item.Flag("normalized", whenAbsent: true),
            SingleWord = item.Flag("single_word", whenAbsent: false),
            LeftStrip = item.Flag("lstrip", whenAbsent: false),
            RightStrip = item.Flag("rstrip", whenAbsent: false),
        };
}
