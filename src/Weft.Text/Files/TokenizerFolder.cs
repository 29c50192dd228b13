namespace Weft.Text.Files;

/// <summary>Finds the tokenizer of a model's folder.</summary>
internal static class TokenizerFolder
{
    /// <summary>
    /// Best first: tokenizer.json says everything, the others leave something to convention. A name beside another means that
    /// both must be there.
    /// </summary>
    private static readonly (string Name, string? Beside)[] Names =
    [
        ("tokenizer.json", null),
        ("tokenizer.model", null),
        ("spiece.model", null),
        ("source.spm", Vocabulary),
        ("vocab.json", "merges.txt"),
        ("encoder.json", "vocab.bpe"),
        ("vocab.txt", null),
    ];

    private const string Vocabulary = "vocab.json";

    private static readonly string[] Endings = [".tiktoken", ".gguf"];

    /// <summary>The file to read, or null.</summary>
    /// <exception cref="InvalidDataException">Several files have the same right.</exception>
    public static string? Find(string folder)
    {
        if (!Directory.Exists(folder))
            return null;
        bool Exists(string? name) => name is null || File.Exists(Path.Combine(folder, name));
        foreach ((string name, string? beside) in Names)
            if (Exists(name) && Exists(beside))
                return Path.Combine(folder, name);
        foreach (string ending in Endings)
        {
            string[] files = [.. Directory.EnumerateFiles(folder).Where(file => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
            if (files.Length > 1)
                throw new InvalidDataException(
                    $"{folder}: the folder holds {files.Length} {ending} files ({string.Join(", ", files.Take(4).Select(Path.GetFileName))}); give the one to read");
            if (files.Length == 1)
                return files[0];
        }
        return null;
    }

    /// <summary>The vocabulary beside a SentencePiece model that numbers its pieces, or null where they number themselves.</summary>
    public static string? NumberingOf(string model)
    {
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, Vocabulary);
        return model.EndsWith(".spm", StringComparison.OrdinalIgnoreCase) && File.Exists(beside) ? beside : null;
    }

    /// <summary>The other file of a pair of vocabulary and merges.</summary>
    /// <param name="file">One of them, whatever its name.</param>
    /// <param name="kind">Which one it is.</param>
    /// <exception cref="FileNotFoundException">The other one is not beside it.</exception>
    public static (string Vocabulary, string Merges) Pair(string file, TokenizerFileKind kind)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!, name = Path.GetFileName(file);
        bool isVocabulary = kind == TokenizerFileKind.VocabularyJson;
        foreach ((string vocabulary, string merges) in new[] { ("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe") })
        {
            (string own, string other) = isVocabulary ? (vocabulary, merges) : (merges, vocabulary);
            // Both may carry the model's name in front: gpt2-vocab.json, gpt2-merges.txt.
            if (!name.EndsWith(own, StringComparison.Ordinal))
                continue;
            string beside = Path.Combine(folder, name[..^own.Length] + other);
            if (File.Exists(beside))
                return isVocabulary ? (file, beside) : (beside, file);
        }
        throw new FileNotFoundException(isVocabulary
            ? $"{file}: it is a vocabulary without its merges; put merges.txt beside vocab.json, or vocab.bpe beside encoder.json; of a vocabulary that numbers the pieces of a SentencePiece model give that model"
            : $"{file}: these are merges without their vocabulary; put vocab.json beside merges.txt, or encoder.json beside vocab.bpe", file);
    }
}
