namespace Weft.Model.Checkpoints.Gguf;

/// <summary>Keys outside of an architecture's own.</summary>
internal static class GgufKeys
{
    public const string Architecture = "general.architecture";

    public const string ChatTemplate = "tokenizer.chat_template";

    /// <summary>
    /// Keys that list parameters which had a narrower type where the model comes from; the file holds them in fp32, as llama.cpp wants vectors.
    /// </summary>
    public static readonly (string Key, ElementType Type)[] NarrowVectors = [("weft.vectors.bf16", ElementType.BF16), ("weft.vectors.f16", ElementType.F16)];

    /// <summary>Prefix of keys that hold a parameter whole which could not be told from what llama.cpp wants in its place.</summary>
    public const string Exact = "weft.exact.";

    /// <summary>A file of a Hugging Face folder, kept so that the way back is exact.</summary>
    public static string OfCompanion(string name) => name switch
    {
        CompanionFile.Config => "weft.config",
        CompanionFile.Tokenizer => "tokenizer.huggingface.json",
        _ => $"weft.file.{name}",
    };
}
