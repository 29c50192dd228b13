using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Decoders;
using Weft.Text.Files;
using Weft.Text.Normalizers;
using Weft.Text.PostProcessors;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>
/// Text to ids and back, as a Hugging Face <c>tokenizer.json</c> describes it. Immutable and safe to use from many threads.
/// Half a surrogate pair in a text counts as U+FFFD, as in .NET's UTF-8 encoding. A character that neither the vocabulary nor
/// byte tokens cover becomes the unknown token, or is dropped where the file names none, as Hugging Face does.
/// </summary>
public sealed partial class Tokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly TextEncoder _encoder;
    private readonly PostProcessor _postProcessor;
    private readonly TokenDecoder _decoder;
    private readonly Dictionary<string, int> _addedIds;
    private readonly string?[] _tokens;
    private readonly bool[] _special;

    internal Tokenizer(TokenizerDefinition definition, string sourceName)
    {
        _definition = definition;
        T? Read<T>(string name, JsonElement? element, Func<JsonField, T> read) where T : class =>
            element is { } value ? read(new JsonField(sourceName, name, value)) : null;
        Normalizer? normalizer = Read("normalizer", definition.Normalizer, NormalizerReader.Read);
        PreTokenizer? preTokenizer = Read("pre_tokenizer", definition.PreTokenizer, PreTokenizerReader.Read);
        _postProcessor = Read("post_processor", definition.PostProcessor, PostProcessorReader.Read) ?? PostProcessor.Nothing;
        _decoder = Read("decoder", definition.Decoder, DecoderReader.Read) ?? new SpaceJoinDecoder();
        _encoder = new TextEncoder(definition.Model, definition.AddedTokens, normalizer, preTokenizer);

        _addedIds = definition.AddedTokens.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        VocabularySize = definition.Model.Ids.Values.Concat(_addedIds.Values).DefaultIfEmpty(-1).Max() + 1;
        _tokens = new string?[VocabularySize];
        _special = new bool[VocabularySize];
        foreach ((string token, int id) in definition.Model.Ids)
            _tokens[id] = token;
        foreach (AddedToken token in definition.AddedTokens)
            (_tokens[token.Id], _special[token.Id]) = (token.Content, token.Special);
        foreach (int id in _postProcessor.AddedIds)
            if (IdToToken(id) is null)
                throw new JsonField(sourceName, "post_processor", definition.PostProcessor!.Value).Refuse(
                    $"it adds id {id}, which no token has; add the token or correct the id");
    }

    /// <summary>Highest id + 1. Ids below may be unused.</summary>
    public int VocabularySize { get; }

    /// <summary>How the file cuts long texts; null where it says nothing. Applied only when <see cref="EncodeOptions.Truncate"/> asks for it.</summary>
    public Truncation? Truncation => _definition.Truncation;

    /// <summary>How the file pads a batch; null where it says nothing. Applied only when <see cref="EncodeOptions.Pad"/> asks for it.</summary>
    public Padding? Padding => _definition.Padding;

    /// <summary>What the files beside the tokenizer say. Nothing of it is applied to a text without being asked for.</summary>
    public TokenizerSettings Settings => _definition.Settings;

    /// <summary>What the tokenizer is made of.</summary>
    public TokenizerComponents Components => TokenizerComponents.Of(_definition);

    /// <summary>The contents of all special tokens.</summary>
    public IEnumerable<string> SpecialTokenNames => _definition.AddedTokens.Where(token => token.Special).Select(token => token.Content);

    /// <summary>The id of a token as the file spells it (byte-level files spell a space Ġ), or null.</summary>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _addedIds.TryGetValue(token, out int id) || _definition.Model.Ids.TryGetValue(token, out id) ? id : null;
    }

    /// <summary>The token of an id as the file spells it, or null when no token has the id.</summary>
    public string? IdToToken(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>Whether the id is that of a special token.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];
}
