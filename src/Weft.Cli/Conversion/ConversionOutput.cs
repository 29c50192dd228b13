using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Text;

namespace Weft.Cli.Conversion;

/// <summary>What the commands that write models have in common.</summary>
internal static class ConversionOutput
{
    /// <summary>Refuses an output that is the input, is of another kind, or exists.</summary>
    /// <exception cref="UsageException">Names it and says what to do.</exception>
    public static void Check(string input, string output, bool toFile, bool force)
    {
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)))
            throw new UsageException("model and OUT are the same; give OUT another name");
        if (toFile ? Directory.Exists(output) : File.Exists(output))
            throw new UsageException(toFile ? $"OUT is '{output}', which is a folder; give a file" : $"OUT is '{output}', which is a file; give a folder, or a name that ends with {Checkpoint.GgufEnding}");
        bool exists = toFile ? File.Exists(output) : Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any();
        if (exists && !force)
            throw new UsageException($"OUT is '{output}', which exists; give another name, or --force to replace it");
    }

    /// <summary>The tokenizer in a model's file or folder; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It knows more ids than the model.</exception>
    public static Tokenizer? OpenTokenizer(Checkpoint source)
    {
        string? file = source.HasTokenizer ? source.Path : Directory.Exists(source.Path) ? Tokenizer.FindFile(source.Path) : null;
        Tokenizer? tokenizer = file is null ? null : Tokenizer.Load(file);
        return tokenizer is null || tokenizer.VocabularySize <= source.Spec.VocabularySize ? tokenizer : throw new InvalidDataException(
            $"{file} knows ids up to {tokenizer.VocabularySize - 1} but the model's vocabulary is {source.Spec.VocabularySize}; use the tokenizer that belongs to this model");
    }

    /// <summary>Writes a GGUF file with its tokenizer.</summary>
    /// <returns>A warning where llama.cpp will not know the tokenizer, else null.</returns>
    public static string? WriteGguf(string path, Checkpoint source, Tokenizer? tokenizer, ConversionOptions options)
    {
        GgufTokenizer? described = tokenizer?.ToGguf(source.Spec.VocabularySize, source.EndOfTextIds);
        GgufExport.Save(path, source, described?.Keys ?? [], options);
        return described?.Problem is { } problem
            ? $"llama.cpp will not know the tokenizer: {Failure.OneLine(problem)}; Weft reads it from the file all the same"
            : null;
    }
}
