using System.Text;
using System.Text.Json;
using Weft.Gguf;

namespace Weft.Text.Files;

/// <summary>
/// The JSON files that Hugging Face puts beside a tokenizer: tokenizer_config.json, special_tokens_map.json, added_tokens.json and
/// generation_config.json. Each may be absent.
/// </summary>
internal sealed class CompanionFiles
{
    /// <summary>Lengths from here on mean "no limit"; Hugging Face writes 1e30.</summary>
    private const double NoLimit = 1e15;

    /// <summary>In the order in which Hugging Face adds them.</summary>
    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly JsonField? _config, _map, _added, _generation;

    private CompanionFiles(Func<string, JsonField?> read) =>
        (_config, _map, _added, _generation) = (
            read("tokenizer_config.json"), read("special_tokens_map.json"), read("added_tokens.json"), read("generation_config.json"));

    /// <summary>How a BERT vocabulary beside them is used.</summary>
    public BertOptions Bert => BertOptions.Of(_config);

    /// <summary>Tokens that the class of a SentencePiece model has after its first two pieces.</summary>
    public int ReservedPieces => ClassConvention.Of(_config, TokenizerFileKind.SentencePiece) is not { ReservedPieces: > 0 and var usual } ? 0
        : _config!.Value.Optional("offset") is not JsonField offset ? usual
        : offset.Integer(0, TokenizerReader.HighestId) is var given and (0 or > 2) ? given
        : throw offset.Refuse("write 0, or the count of tokens for pretraining, at least 3");

    /// <summary>Reads the files of a tokenizer's folder.</summary>
    /// <exception cref="InvalidDataException">One of them is no JSON object.</exception>
    public static CompanionFiles Beside(string tokenizerFile)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(tokenizerFile))!;
        return new(name => Path.Combine(folder, name) is var path && File.Exists(path) ? Read(File.ReadAllBytes(path), path) : null);
    }

    /// <summary>Reads the files that a GGUF file keeps under keys of its own.</summary>
    /// <exception cref="InvalidDataException">One of them is no JSON object.</exception>
    public static CompanionFiles Inside(GgufMetadata file) => new(name => $"weft.file.{name}" is var key && file.Text(key) is { } text
        ? Read(Encoding.UTF8.GetBytes(text), $"{file.File} ({key})")
        : null);

    private static JsonField? Read(byte[] json, string source) => JsonFile.Read(json, source, root => root.Element.ValueKind == JsonValueKind.Object
        ? root with { Element = root.Element.Clone() }
        : throw root.Refuse("write a JSON object here"));

    /// <summary>The tokenizer with what the files add to it.</summary>
    /// <exception cref="InvalidDataException">A field is wrong or contradicts the tokenizer.</exception>
    public TokenizerDefinition Complete(TokenizerDefinition definition, TokenizerFileKind kind)
    {
        ClassConvention? convention = ClassConvention.Of(_config, kind);
        // A pair of vocabulary and merges is taken for GPT-2's, which other classes need not be.
        if (convention is { Roles.Count: > 0 } && kind != TokenizerFileKind.SentencePiece)
            definition = definition with { AddedTokens = [] };
        var tokens = new CompanionTokens(definition);
        if (_config?.Optional("added_tokens_decoder") is JsonField decoder)
            tokens.AddDecoder(decoder);
        else if (_added is JsonField added)
            tokens.AddLegacy(added, Roles.Select(Role).Concat(Additional().Cast<JsonField?>()));
        else if (convention is not null)
            tokens.AddExtraIds(_config!.Value.Optional("extra_ids")?.Integer(0, TokenizerReader.HighestId) ?? convention.ExtraIds);
        TokenizerSettings known = definition.Settings;
        TokenizerSettings settings = ReadSettings(known, ReadRoles(known.Roles, tokens, convention));
        definition = definition with { AddedTokens = tokens.All, Settings = settings };
        bool spaced = Flag("add_prefix_space") == true;
        if (kind is TokenizerFileKind.VocabularyJson or TokenizerFileKind.Merges && spaced)
            definition = definition with { PreTokenizer = ByteLevelComponents.PreTokenizerAfterSpace };
        definition = convention?.Apply(definition, spaced) ?? definition;
        // A tokenizer.json says with its post-processor what stands around a text.
        return kind == TokenizerFileKind.TokenizerJson ? definition
            : CompanionTemplate.Apply(definition, _config, Flag("add_bos_token") ?? Where(convention?.AddsBeginning, settings.Roles.Beginning),
                Flag("add_eos_token") ?? Where(convention?.AddsEnd, settings.Roles.End));
    }

    // A class cannot add what the vocabulary does not have.
    private static bool? Where(bool? adds, SpecialToken? token) => token is null ? null : adds;

    private SpecialTokenRoles ReadRoles(SpecialTokenRoles known, CompanionTokens tokens, ClassConvention? convention)
    {
        SpecialToken? Read(string role) => Role(role) is JsonField field ? tokens.AddSpecial(field)
            : convention?.Roles.FirstOrDefault(own => own.Name == role).Token is string token ? tokens.AddKnown(token, leftStrip: role == "mask_token") : null;
        SpecialToken?[] read = [.. Roles.Select(Read)];
        SpecialToken[] additional = [.. Additional().Select(tokens.AddSpecial).OfType<SpecialToken>()];
        return new()
        {
            Beginning = read[0] ?? known.Beginning,
            End = read[1] ?? known.End,
            Unknown = read[2] ?? known.Unknown,
            Separator = read[3] ?? known.Separator,
            Padding = read[4] ?? known.Padding,
            Classification = read[5] ?? known.Classification,
            Mask = read[6] ?? known.Mask,
            Additional = additional.Length > 0 ? additional : known.Additional,
        };
    }

    // Since the config lists added tokens itself, it comes first; before, the map did.
    private JsonField? Role(string name)
    {
        JsonField? inConfig = _config?.Optional(name), inMap = _map?.Optional(name);
        return _config?.Optional("added_tokens_decoder") is null ? inMap ?? inConfig : inConfig ?? inMap;
    }

    private IEnumerable<JsonField> Additional()
    {
        foreach (string name in new[] { "additional_special_tokens", "extra_special_tokens" })
            if (Role(name) is JsonField field)
                foreach (JsonField token in field.Element.ValueKind == JsonValueKind.Object ? field.Properties().Select(entry => entry.Value) : field.Items())
                    yield return token;
    }

    private TokenizerSettings ReadSettings(TokenizerSettings known, SpecialTokenRoles roles) => new()
    {
        Roles = roles,
        ModelMaximumLength = ReadMaximumLength() ?? known.ModelMaximumLength,
        LowerCase = Bert.Lowercase ?? known.LowerCase,
        CleanUpSpaces = Flag("clean_up_tokenization_spaces") ?? known.CleanUpSpaces,
        EndOfTextIds = _generation?.Optional("eos_token_id") is not JsonField ids ? known.EndOfTextIds
            : IntegerList.Read(ids.Element) is { } read && read.All(id => id >= 0) ? read
            : throw ids.Refuse("write an id or a list of ids here"),
    };

    private long? ReadMaximumLength()
    {
        if (_config?.Optional("model_max_length") is not JsonField field)
            return null;
        if (field.Element.ValueKind != JsonValueKind.Number || !field.Element.TryGetDouble(out double length) || length < 0 || (length < NoLimit && length != Math.Floor(length)))
            throw field.Refuse("write a whole number of ids, 0 or more, here");
        return length >= NoLimit ? null : (long)length;
    }

    private bool? Flag(string name) => _config?.Optional(name) is null ? null : _config.Value.Flag(name, whenAbsent: false);
}
