using System.Text.Json.Nodes;

namespace Weft.Tasks.Tests;

/// <summary>A tokenizer.json of whole words, so that a test can read what a model reads. Ids are those of <see cref="Tokens"/>, the special ones first.</summary>
internal sealed record WordTokenizer(string[] Special)
{
    private static readonly string[] Words =
    [
        "ada", "lovelace", "was", "born", "in", "london", ".", "who", "where", "when", "the", "a", "cat", "sat", "on", "mat", "and", "slept", "it", "is",
        "good", "bad", "very", "film", "book", "red", "blue", "sun", "moon", "star",
    ];

    /// <summary>As BERT's: [CLS] A [SEP] B [SEP].</summary>
    public static WordTokenizer Bert { get; } = new(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]) { Before = "[CLS]", After = "[SEP]", Unknown = "[UNK]" };

    /// <summary>As M2M-100's, with the ids that <see cref="RandomModel"/> gives an encoder-decoder: 1 begins the decoder, 2 ends a text.</summary>
    public static WordTokenizer Translator { get; } = new(["<pad>", "<s>", "</s>", "<unk>", "__en__", "__de__", ">>fra<<"]) { After = "</s>", Unknown = "<unk>" };

    /// <summary>With the tokens of a conversation.</summary>
    public static WordTokenizer Chat { get; } = new(["<unk>", "<user>", "<assistant>", "<system>", "<end>", "<other>"]) { Unknown = "<unk>" };

    public string? Before { get; init; }

    public string? After { get; init; }

    public required string Unknown { get; init; }

    public string[] Tokens => [.. Special, .. Words];

    public int[] Ids(string tokens) => [.. tokens.Split(' ').Select(token => Array.IndexOf(Tokens, token) is >= 0 and var id ? id : throw new ArgumentException(token))];

    public void Save(string folder)
    {
        JsonObject Token(string name, int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
        JsonObject Text(string name, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
        JsonArray Array(params IEnumerable<JsonObject?> parts) => [.. parts.OfType<JsonObject>()];
        JsonObject? Around(string? name, int type) => name is null ? null : Token(name, type);
        var used = new JsonObject();
        foreach (string name in new[] { Before, After }.OfType<string>())
            used[name] = new JsonObject { ["id"] = name, ["ids"] = new JsonArray(Ids(name)[0]), ["tokens"] = new JsonArray(name) };
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. Special.Select((name, id) => (JsonNode)new JsonObject
            {
                ["id"] = id, ["content"] = name, ["special"] = true, ["normalized"] = false, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
            })]),
            ["normalizer"] = new JsonObject { ["type"] = "Lowercase" },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Whitespace" },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "TemplateProcessing",
                ["single"] = Array(Around(Before, 0), Text("A", 0), Around(After, 0)),
                ["pair"] = Array(Around(Before, 0), Text("A", 0), Around(After, 0), Text("B", 1), Around(After, 1)),
                ["special_tokens"] = used,
            },
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["unk_token"] = Unknown, ["vocab"] = Vocabulary() },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), file.ToJsonString());
    }

    private JsonObject Vocabulary()
    {
        JsonObject ids = [];
        for (int id = 0; id < Tokens.Length; id++)
            ids[Tokens[id]] = id;
        return ids;
    }
}
