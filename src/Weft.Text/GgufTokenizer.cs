namespace Weft.Text;

/// <summary>A tokenizer as the keys of a GGUF file.</summary>
/// <param name="Keys">Keys and values; a value's .NET type is its type in the file. The whole tokenizer.json is always among them.</param>
/// <param name="Problem">Why llama.cpp's own keys cannot express the tokenizer, so that only Weft reads it from the file; null where they can.</param>
public sealed record GgufTokenizer(IReadOnlyCollection<KeyValuePair<string, object>> Keys, string? Problem);
