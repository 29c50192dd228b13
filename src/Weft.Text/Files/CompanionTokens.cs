using System.Globalization;
using System.Text.Json;
using Weft.Text.AddedTokens;

namespace Weft.Text.Files;

/// <summary>
/// The added tokens of a tokenizer, completed by those of the files beside it: a token keeps its id, the flags of tokenizer_config.json
/// take the place of the tokenizer's own, what is missing is added. As Hugging Face's fast tokenizers, except that two ids for a token or
/// two tokens for an id are refused rather than settled.
/// </summary>
internal sealed class CompanionTokens
{
    private readonly OrderedDictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _owners = [];
    private readonly IReadOnlyDictionary<string, int> _modelIds;

    public CompanionTokens(TokenizerDefinition definition)
    {
        _modelIds = definition.Model.Ids;
        foreach ((string content, int id) in _modelIds)
            _owners[id] = content;
        foreach (AddedToken token in definition.AddedTokens)
            (_tokens[token.Content], _owners[token.Id]) = (token, token.Content);
    }

    /// <summary>All added tokens.</summary>
    public IReadOnlyList<AddedToken> All => [.. _tokens.Values];

    /// <summary><c>added_tokens_decoder</c>: from id to token with flags.</summary>
    public void AddDecoder(JsonField decoder)
    {
        foreach ((string name, JsonField field) in decoder.Properties())
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id > TokenizerReader.HighestId)
                throw field.Refuse($"its name must be an id from 0 to {TokenizerReader.HighestId}");
            bool special = field.Flag("special", whenAbsent: false);
            Place(field, Read(field, id, special));
        }
    }

    /// <summary>added_tokens.json: from token to id. Those that play a part are special.</summary>
    public void AddLegacy(JsonField added, IEnumerable<JsonField?> roles)
    {
        HashSet<string> special = new(roles.OfType<JsonField>().Select(ContentOf), StringComparer.Ordinal);
        foreach ((string content, JsonField field) in added.Properties())
        {
            int id = field.Integer(0, TokenizerReader.HighestId);
            if (_tokens.TryGetValue(content, out AddedToken? known) && known.Id == id)
                continue;
            Place(field, new AddedToken(id, content) { Special = special.Contains(content), Normalized = !special.Contains(content) });
        }
    }

    /// <summary>A token that plays a part: a string, or an object with flags. Added with the next free id where there is none.</summary>
    /// <returns>Null for an empty one, which stands for none.</returns>
    public SpecialToken? AddSpecial(JsonField field)
    {
        string content = ContentOf(field);
        if (content.Length == 0)
            return null;
        if (!_tokens.TryGetValue(content, out AddedToken? token))
        {
            int id = _modelIds.TryGetValue(content, out int known) ? known : NextId();
            token = field.Element.ValueKind == JsonValueKind.Object ? Read(field, id, special: true) : new AddedToken(id, content) { Special = true };
            Place(field, token);
        }
        return new SpecialToken(token.Id, content);
    }

    /// <summary>A special token of the vocabulary; null where it has none of that name.</summary>
    public SpecialToken? AddKnown(string content, bool leftStrip)
    {
        if (!_tokens.TryGetValue(content, out AddedToken? token))
        {
            if (!_modelIds.TryGetValue(content, out int id))
                return null;
            _tokens[content] = token = new AddedToken(id, content) { Special = true, LeftStrip = leftStrip };
        }
        return new SpecialToken(token.Id, content);
    }

    /// <summary>T5's sentinels with the next free ids, the one of the highest number first.</summary>
    public void AddExtraIds(int count)
    {
        for (int number = count - 1; number >= 0; number--)
        {
            string content = string.Create(CultureInfo.InvariantCulture, $"<extra_id_{number}>");
            if (_modelIds.ContainsKey(content) || _tokens.ContainsKey(content))
                continue;
            int id = NextId();
            (_tokens[content], _owners[id]) = (new AddedToken(id, content) { Special = true }, content);
        }
    }

    private int NextId()
    {
        int id = Math.Max(_modelIds.Count, _tokens.Values.Select(token => token.Id).DefaultIfEmpty(-1).Max() + 1);
        while (_owners.ContainsKey(id))
            id++;
        return id;
    }

    private void Place(JsonField field, AddedToken token)
    {
        if (token.Content.Length == 0)
            throw field.Refuse("an added token needs at least one character; remove this one");
        int? own = _tokens.TryGetValue(token.Content, out AddedToken? known) ? known.Id
            : _modelIds.TryGetValue(token.Content, out int id) ? id : null;
        if (own is int other && other != token.Id)
            throw field.Refuse($"the tokenizer gives '{JsonField.Shorten(token.Content)}' id {other}, not {token.Id}; use the same id in both files");
        if (_owners.TryGetValue(token.Id, out string? owner) && owner != token.Content)
            throw field.Refuse($"the tokenizer gives id {token.Id} to '{JsonField.Shorten(owner)}', not to '{JsonField.Shorten(token.Content)}'; use the same tokens in both files");
        (_tokens[token.Content], _owners[token.Id]) = (token, token.Content);
    }

    private static AddedToken Read(JsonField field, int id, bool special) => new(id, field.Required("content").Text())
    {
        Special = special,
        Normalized = field.Flag("normalized", whenAbsent: !special),
        SingleWord = field.Flag("single_word", whenAbsent: false),
        LeftStrip = field.Flag("lstrip", whenAbsent: false),
        RightStrip = field.Flag("rstrip", whenAbsent: false),
    };

    private static string ContentOf(JsonField field) =>
        field.Element.ValueKind == JsonValueKind.Object ? field.Required("content").Text() : field.Text();
}
