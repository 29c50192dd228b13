namespace Weft.Text.Files;

/// <summary>The readers of the formats beside tokenizer.json.</summary>
internal static class OtherFormats
{
    public static TokenizerDefinition ReadSentencePiece(ReadOnlyMemory<byte> content, string file) => throw Unread(file, "a SentencePiece model", content.Length);

    public static TokenizerDefinition ReadTiktoken(ReadOnlyMemory<byte> content, string file) => throw Unread(file, "a file of tiktoken ranks", content.Length);

    public static TokenizerDefinition ReadVocabularyText(ReadOnlyMemory<byte> content, string file, bool? lowerCase) =>
        throw Unread(file, lowerCase == true ? "a vocab.txt in lower case" : "a vocab.txt", content.Length);

    public static TokenizerDefinition ReadVocabularyAndMerges(string vocabularyFile, string mergesFile) =>
        throw Unread(vocabularyFile, $"a vocabulary with merges in {Path.GetFileName(mergesFile)}", new FileInfo(vocabularyFile).Length);

    public static TokenizerDefinition ReadGguf(string path) => throw Unread(path, "a GGUF file", new FileInfo(path).Length);

    private static NotSupportedException Unread(string file, string kind, long bytes) =>
        new($"{file}: it is {kind} ({bytes} bytes), which is not read yet; give the model's tokenizer.json");
}
