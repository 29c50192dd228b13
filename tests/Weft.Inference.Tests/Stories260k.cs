using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>The smallest Llama of llama2.c, from the files of that program: a model that has learnt to write, with a token for every byte.</summary>
internal static class Stories260k
{
    private const int Specials = 3, FirstPiece = Specials + 256;

    /// <summary>One of the checkpoints.</summary>
    public static Transformer Load(string path)
    {
        using var temporary = new TemporaryFolder();
        SaveModel(path, temporary.FullName);
        return Transformer.Load(HuggingFaceModel.Open(temporary.FullName));
    }

    /// <summary>The model with its tokenizer as a folder, or a skipped test.</summary>
    public static void Save(string folder)
    {
        string source = TestAssets.Require("models/stories260k");
        SaveModel(Path.Combine(source, "stories260K.bin"), folder);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer(Path.Combine(source, "tok512.bin")).ToJsonString());
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), """{"eos_token_id":2}""");
    }

    private static void SaveModel(string path, string folder)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bool newer = MemoryMarshal.Read<uint>(bytes) == 0x616b3432;
        ReadOnlySpan<int> header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(newer ? 8 : 0, 28));
        (int hidden, int inner, int layers, int heads) = (header[0], header[1], header[2], header[3]);
        var norm = new NormSpec.RmsNorm(1e-5);
        var attention = new AttentionSpec(heads, header[4], hidden / heads, new PositionSpec.Rotary(10_000) { Interleaved = true }, AttentionBias.None);
        ModelSpec spec = new()
        {
            Embedding = new(header[5], hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(layers, new(norm, attention, norm, new FeedForwardSpec.Gated(inner, Activation.Silu, Bias: false)), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = header[6],
        };
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(newer ? 256 : 28)).ToArray();
        Dictionary<string, float[]> weights = Split(spec, values, newer);
        HuggingFaceExport.Save(folder, new WeftArchitecture(), spec, parameter => weights[parameter.Name], new());
    }

    /// <summary>Pieces of SentencePiece in the order in which they are merged, after bytes and three special tokens.</summary>
    private static JsonObject Tokenizer(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        JsonObject ids = [];
        for (int at = sizeof(int); at < bytes.Length; at += 8 + MemoryMarshal.Read<int>(bytes[(at + 4)..]))
        {
            string piece = Encoding.UTF8.GetString(bytes.Slice(at + 8, MemoryMarshal.Read<int>(bytes[(at + 4)..])));
            ids[ids.Count >= FirstPiece ? piece.Replace(' ', '▁') : piece.Trim()] = ids.Count;
        }
        JsonArray merges = [.. ids.Skip(FirstPiece).SelectMany(piece => Enumerable.Range(1, piece.Key.Length - 1)
            .Where(cut => ids.ContainsKey(piece.Key[..cut]) && ids.ContainsKey(piece.Key[cut..])).Select(cut => JsonValue.Create($"{piece.Key[..cut]} {piece.Key[cut..]}")))];
        return new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. ids.Take(Specials).Select(token => new JsonObject
            {
                ["id"] = (int)token.Value!, ["content"] = token.Key, ["special"] = true, ["normalized"] = false, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false,
            })]),
            ["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}"""),
            ["decoder"] = JsonNode.Parse("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""),
            ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = "<unk>", ["fuse_unk"] = true, ["byte_fallback"] = true, ["vocab"] = ids, ["merges"] = merges },
        };
    }

    /// <summary>Each kind of parameter lies together for all blocks; version 1 has all norms first.</summary>
    private static Dictionary<string, float[]> Split(ModelSpec spec, float[] values, bool newer)
    {
        string[] norms = ["attention_norm", "feed_forward_norm"], first = newer ? [.. norms, "final", "embedding"] : ["embedding", "attention_norm"];
        string[] order =
        [
            .. first, "attention.query", "attention.key", "attention.value", "attention.output",
            .. newer ? Array.Empty<string>() : ["feed_forward_norm"], "feed_forward.gate", "feed_forward.down", "feed_forward.up",
            .. newer ? Array.Empty<string>() : ["final"],
        ];
        Dictionary<string, ParameterSpec> parameters = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name);
        Dictionary<string, float[]> weights = [];
        int position = 0;
        foreach (string kind in order)
        {
            string[] names = kind switch
            {
                "embedding" => [ModelParameters.TokenEmbedding],
                "final" => [ModelParameters.FinalNorm + ".weight"],
                _ => [.. Enumerable.Range(0, spec.Stack.Blocks.Length).Select(i => $"{ModelParameters.Block(i)}{kind}.weight")],
            };
            foreach (string name in names)
            {
                int count = (int)parameters[name].Count;
                weights[name] = values[position..(position += count)];
            }
        }
        return weights;
    }
}
