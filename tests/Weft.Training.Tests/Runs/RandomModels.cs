using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Tiny models with random weights and their tokenizers, as Hugging Face folders of others would hold them.</summary>
internal static class RandomModels
{
    /// <summary>Spread enough that a loss tells weights apart: with those that training begins with, every model gives nearly the same.</summary>
    private const float Deviation = 0.3f;

    private const int Context = 48, Width = 16, Sentinels = 12;

    private static readonly ModelRecipe Shape = new() { Layers = 2, Width = Width, Heads = 2, KeyValueHeads = 2, Inner = 24, Context = Context };

    private static readonly NormSpec Norm = new NormSpec.LayerNorm(1e-5, Bias: true);

    /// <summary>Names of models, and the objective that each is trained with.</summary>
    public static IEnumerable<(string Name, ObjectiveKind Objective)> All =>
    [
        ("gpt2", ObjectiveKind.Causal), ("bert", ObjectiveKind.Masked), ("roberta", ObjectiveKind.Masked), ("xlm-roberta", ObjectiveKind.Masked), ("distilbert", ObjectiveKind.Masked),
        ("bart", ObjectiveKind.Denoising), ("bart", ObjectiveKind.Pairs), ("marian", ObjectiveKind.Pairs), ("pegasus", ObjectiveKind.Pairs), ("m2m_100", ObjectiveKind.Pairs),
        ("t5", ObjectiveKind.Spans), ("t5", ObjectiveKind.Pairs),
    ];

    /// <summary>Writes one.</summary>
    /// <param name="folder">Receives its files.</param>
    /// <param name="name">Its model_type.</param>
    /// <param name="text">What its tokenizer is trained on.</param>
    /// <param name="head">In place of the head that the objective needs; null for that.</param>
    /// <param name="vocabulary">Rows of the table; null for some more than the tokenizer has entries.</param>
    public static ModelSpec Write(string folder, string name, string text, HeadSpec? head = null, int? vocabulary = null)
    {
        Tokenizer tokenizer = TokenizerOf(name, text);
        ModelSpec spec = Spec(name, vocabulary ?? tokenizer.VocabularySize + 3);
        spec = head is null ? spec : spec with { Head = head };
        var random = new Random(17);
        HuggingFaceExport.Save(folder, ArchitectureCatalogue.ForModelType(name), spec, parameter => Values(parameter, random), Ids(name, tokenizer));
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        JsonObject roles = Roles(name);
        File.WriteAllText(Path.Combine(folder, "special_tokens_map.json"), roles.ToJsonString());
        roles["model_max_length"] = Context;
        roles["unknown_key"] = "kept";
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), roles.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "{{ messages[0].content }}");
        Edit(Path.Combine(folder, "generation_config.json"), json => json["max_new_tokens"] = 7);
        Edit(Path.Combine(folder, "config.json"), json => json["unknown_key"] = "kept");
        return spec;
    }

    /// <summary>Changes a JSON file.</summary>
    public static void Edit(string file, Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(json);
        File.WriteAllText(file, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    private static float[] Values(ParameterSpec parameter, Random random)
    {
        bool gain = parameter.Part == "norm" && parameter.Name.EndsWith(".weight", StringComparison.Ordinal);
        float[] values = new float[parameter.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (gain ? 1 : 0) + (Deviation * ((2 * random.NextSingle()) - 1));
        return values;
    }

    private static ModelSpec Spec(string name, int vocabulary)
    {
        ModelSpec bert = ModelFamily.Of("bert").Build(Shape, vocabulary), bart = ModelFamily.Of("bart").Build(Shape, vocabulary);
        var afterPadding = new PositionSpec.Learned(Context) { Offset = 2 };
        return name switch
        {
            "roberta" or "xlm-roberta" => bert with { Embedding = bert.Embedding with { Position = afterPadding, TokenTypes = 1 } },
            "distilbert" => bert with { Embedding = bert.Embedding with { TokenTypes = 0 } },
            "pegasus" => Before(bart, new PositionSpec.Sinusoidal(SinusoidLayout.Halves)),
            "m2m_100" => Before(bart, new PositionSpec.Sinusoidal(SinusoidLayout.HalvesToTheEnd) { Offset = 2 }) with { Head = new HeadSpec.LanguageModel(TiedEmbedding: true) },
            _ => ModelFamily.Of(name).Build(Shape, vocabulary),
        };
    }

    /// <summary>BART with norms before each part.</summary>
    private static ModelSpec Before(ModelSpec bart, PositionSpec position)
    {
        StackSpec Stack(StackSpec stack) => StackSpec.Uniform(stack.Blocks.Length, stack.Blocks[0] with { Placement = NormPlacement.Pre }, Norm);
        return bart with { Embedding = bart.Embedding with { Position = position, Norm = null }, Encoder = Stack(bart.Encoder!), Decoder = Stack(bart.Decoder!) };
    }

    private static Tokenizer TokenizerOf(string name, string text)
    {
        const int vocabulary = 320;
        if (name is "bert" or "distilbert")
            return WordPieceTrainer.Train([text], new() { VocabularySize = 120 });
        IReadOnlyList<string> special = name switch
        {
            "gpt2" => ["<|endoftext|>"],
            "marian" or "pegasus" => ["<pad>", "</s>"],
            "t5" => ["<pad>", "</s>", .. Enumerable.Range(0, Sentinels).Reverse().Select(ModelFamily.Sentinel)],
            "m2m_100" => ["<s>", "<pad>", "</s>", "__de__", "__en__"],
            _ => ["<s>", "<pad>", "</s>", "<mask>"],
        };
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train([text], new() { VocabularySize = vocabulary, SpecialTokens = special });
        return name switch
        {
            "gpt2" => tokenizer,
            "marian" or "pegasus" or "t5" => tokenizer.Surrounding(null, "</s>"),
            "m2m_100" => tokenizer.Surrounding("__en__", "</s>"),
            _ => tokenizer.Surrounding("<s>", "</s>"),
        };
    }

    private static JsonObject Roles(string name) => name switch
    {
        "bert" or "distilbert" => new() { ["cls_token"] = "[CLS]", ["sep_token"] = "[SEP]", ["pad_token"] = "[PAD]", ["mask_token"] = "[MASK]" },
        "gpt2" => new() { ["bos_token"] = "<|endoftext|>", ["eos_token"] = "<|endoftext|>" },
        "marian" or "t5" or "pegasus" => new() { ["pad_token"] = "<pad>", ["eos_token"] = "</s>" },
        "m2m_100" => new() { ["bos_token"] = "<s>", ["pad_token"] = "<pad>", ["eos_token"] = "</s>" },
        _ => new() { ["bos_token"] = "<s>", ["pad_token"] = "<pad>", ["eos_token"] = "</s>", ["cls_token"] = "<s>", ["sep_token"] = "</s>", ["mask_token"] = "<mask>" },
    };

    private static HuggingFaceExportOptions Ids(string name, Tokenizer tokenizer)
    {
        int? Id(string token) => tokenizer.TokenToId(token);
        return name switch
        {
            "gpt2" => new() { BeginOfTextId = Id("<|endoftext|>"), EndOfTextId = Id("<|endoftext|>") },
            "marian" or "t5" or "pegasus" => new() { EndOfTextId = Id("</s>"), PaddingId = Id("<pad>"), DecoderStartId = Id("<pad>") },
            "bart" => new() { BeginOfTextId = Id("<s>"), EndOfTextId = Id("</s>"), PaddingId = Id("<pad>"), DecoderStartId = Id("</s>") },
            "m2m_100" => new() { EndOfTextId = Id("</s>"), PaddingId = Id("<pad>"), DecoderStartId = Id("</s>"), ForcedBeginId = Id("__de__") },
            _ => new() { PaddingId = Id("<pad>") ?? Id("[PAD]") },
        };
    }
}
