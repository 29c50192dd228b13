using System.Text;
using System.Text.Json.Nodes;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests;

/// <summary>Writes a tokenizer.json for a test, one part at a time, so that a test shows only what it is about.</summary>
internal sealed class TokenizerJson
{
    public const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";

    /// <summary>What a SentencePiece vocabulary begins with.</summary>
    public static readonly string[] SentencePieceSpecials = ["<unk>", "<s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];

    private readonly JsonObject _root;

    public TokenizerJson(IEnumerable<KeyValuePair<string, int>> vocabulary, IEnumerable<(string Left, string Right)> merges)
    {
        var ids = new JsonObject();
        foreach ((string token, int id) in vocabulary)
            ids[token] = id;
        _root = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = ids,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)new JsonArray(merge.Left, merge.Right))]),
            },
        };
    }

    /// <summary>A vocabulary of single tokens with ids in their order, and the results of merges after them.</summary>
    public static TokenizerJson Of(IEnumerable<string> tokens, params (string Left, string Right)[] merges)
    {
        string[] all = [.. tokens.Concat(merges.Select(merge => merge.Left + merge.Right)).Distinct(StringComparer.Ordinal)];
        return new TokenizerJson(all.Select((token, id) => KeyValuePair.Create(token, id)), merges);
    }

    /// <summary>The 256 bytes and merges of them, split and decoded at the level of bytes.</summary>
    public static TokenizerJson OfBytes(params (string Left, string Right)[] merges) =>
        Of(Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b).ToString()), merges)
            .With("pre_tokenizer", ByteLevel).With("decoder", ByteLevel);

    /// <summary>SentencePiece's way: a mark for spaces, no pre-tokenizer, bytes for unknown characters.</summary>
    public static TokenizerJson OfSentencePiece(IEnumerable<string> characters, params (string Left, string Right)[] merges) =>
        Of([.. SentencePieceSpecials, .. characters], merges)
            .With("normalizer", """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""")
            .With("decoder", """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""")
            .With("model.unk_token", "\"<unk>\"").With("model.fuse_unk", "true").With("model.byte_fallback", "true");

    /// <summary>A WordPiece vocabulary with ids in the order of its tokens.</summary>
    public static TokenizerJson OfWordPiece(IEnumerable<string> tokens, string prefix = "##", int most = 100) =>
        Of(tokens).With("model.type", "\"WordPiece\"").With("model.unk_token", "\"[UNK]\"")
            .With("model.continuing_subword_prefix", $"\"{prefix}\"").With("model.max_input_chars_per_word", $"{most}");

    /// <summary>A vocabulary of whole words with ids in their order.</summary>
    public static TokenizerJson OfWordLevel(IEnumerable<string> tokens) =>
        Of(tokens).With("model.type", "\"WordLevel\"").With("model.unk_token", "\"[UNK]\"");

    /// <summary>Sets a field, at most one level deep, to JSON.</summary>
    public TokenizerJson With(string path, string json)
    {
        string[] names = path.Split('.');
        JsonObject parent = names.Length == 1 ? _root : (JsonObject)_root[names[0]]!;
        parent[names[^1]] = JsonNode.Parse(json);
        return this;
    }

    public TokenizerJson Adding(int id, string content, string flags = "\"special\":true,\"normalized\":false")
    {
        var token = (JsonObject)JsonNode.Parse($"{{{flags}}}")!;
        (token["id"], token["content"]) = (id, content);
        ((JsonArray)_root["added_tokens"]!).Add((JsonNode)token);
        return this;
    }

    public byte[] Bytes => Encoding.UTF8.GetBytes(_root.ToJsonString());

    public Tokenizer Tokenizer => Tokenizer.Parse(Bytes, "test.json");
}
