namespace Weft.Model.Checkpoints;

/// <summary>The text files that stand beside the weights of a Hugging Face folder and that a GGUF file keeps in its metadata.</summary>
public static class CompanionFile
{
    /// <summary>Describes the model.</summary>
    public const string Config = "config.json";

    /// <summary>The defaults of generation.</summary>
    public const string GenerationConfig = "generation_config.json";

    /// <summary>The tokenizer.</summary>
    public const string Tokenizer = "tokenizer.json";

    /// <summary>What the tokenizer's parts are for, and often the template of conversations.</summary>
    public const string TokenizerConfig = "tokenizer_config.json";

    /// <summary>The template of conversations, where it has a file of its own.</summary>
    public const string ChatTemplate = "chat_template.jinja";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [Config, GenerationConfig, Tokenizer, TokenizerConfig, "special_tokens_map.json", "added_tokens.json", ChatTemplate, "chat_template.json",
        HuggingFace.SentenceTransformers.ModulesFile, HuggingFace.SentenceTransformers.PoolingFile];
}
