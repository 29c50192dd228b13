using Weft.Gguf;
using Weft.Text.AddedTokens;
using Weft.Text.Unigram;

namespace Weft.Text.Files.Gguf;

/// <summary>The tokens of a GGUF file with their types and the ids that have a meaning.</summary>
internal sealed class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    private readonly GgufMetadata _file;

    public GgufVocabulary(GgufMetadata file)
    {
        _file = file;
        Tokens = file.Texts(Prefix + "tokens") ?? throw Refuse("tokens", "missing", "give a GGUF file with a tokenizer in it");
        if (Tokens.Length == 0 || Tokens.Length > TokenizerReader.HighestId + 1)
            throw Refuse("tokens", $"a list of {Tokens.Length}", $"it must hold 1 to {TokenizerReader.HighestId + 1} tokens; convert the model anew");
        Types = ReadTypes();
        Ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < Tokens.Length; id++)
        {
            if (Tokens[id].Length == 0)
                throw Refuse($"tokens[{id}]", "empty", "every token has at least one character; convert the model anew");
            if (!Ids.TryAdd(Tokens[id], id))
                throw Refuse($"tokens[{id}]", $"'{JsonField.Shorten(Tokens[id])}'", $"token {Ids[Tokens[id]]} is the same; convert the model anew");
        }
    }

    public string[] Tokens { get; }

    public PieceType[] Types { get; }

    public Dictionary<string, int> Ids { get; }

    /// <summary>A meaningful id such as <c>bos_token_id</c>, or null where the file has none.</summary>
    public int? Id(string name) => _file.Integer(Prefix + name) is not long id ? null
        : id >= 0 && id < Tokens.Length ? (int)id
        : throw Refuse(name, $"{id}", $"ids are 0 to {Tokens.Length - 1}; convert the model anew");

    public bool Flag(string name, bool whenAbsent) => _file.Flag(Prefix + name) ?? whenAbsent;

    public string[]? Texts(string name) => _file.Texts(Prefix + name);

    public float[] Scores()
    {
        float[] scores = _file.Singles(Prefix + "scores") ?? throw Refuse("scores", "missing", "such a tokenizer needs one for each token; convert the model anew");
        return scores.Length == Tokens.Length ? scores
            : throw Refuse("scores", $"a list of {scores.Length}", $"there are {Tokens.Length} tokens; convert the model anew");
    }

    public byte[] Bytes(string name) => [.. (_file.Integers(Prefix + name) ?? []).Select(value => unchecked((byte)value))];

    public InvalidDataException Refuse(string name, string value, string remedy) => _file.Refuse(Prefix + name, value, remedy);

    /// <summary>Control tokens carry structure; user-defined ones are found in the text before anything else.</summary>
    public IReadOnlyList<AddedToken> AddedTokens() =>
        [.. Enumerable.Range(0, Tokens.Length).Where(id => Types[id] is PieceType.Control or PieceType.Unknown or PieceType.UserDefined)
            .Select(id => new AddedToken(id, Tokens[id]) { Special = Types[id] != PieceType.UserDefined })];

    private PieceType[] ReadTypes()
    {
        long[]? types = _file.Integers(Prefix + "token_type");
        if (types is null)
            return [.. Tokens.Select(_ => PieceType.Normal)];
        if (types.Length != Tokens.Length)
            throw Refuse("token_type", $"a list of {types.Length}", $"there are {Tokens.Length} tokens; convert the model anew");
        int wrong = Array.FindIndex(types, type => type is < 1 or > 6);
        return wrong < 0 ? [.. types.Select(type => (PieceType)type)]
            : throw Refuse($"token_type[{wrong}]", $"{types[wrong]}", "types are 1 to 6; convert the model anew");
    }
}
