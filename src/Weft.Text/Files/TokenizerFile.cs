using Weft.Text.Files.Gguf;
using Weft.Text.Files.SentencePiece;

namespace Weft.Text.Files;

/// <summary>Reads a tokenizer of any kind, with the files that stand beside it.</summary>
internal static class TokenizerFile
{
    /// <summary>The file that a path means: itself, or the best one of a folder.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Find(string path)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file or folder; give a tokenizer's file or the folder that holds it", path);
        return TokenizerFolder.Find(path) ?? throw new FileNotFoundException(
            $"{Path.Combine(path, "tokenizer.json")}: there is no tokenizer.json here, and no other tokenizer; read are {FileRecognition.Readable}", path);
    }

    /// <summary>Reads a file whose kind its content tells.</summary>
    /// <exception cref="InvalidDataException">It is damaged or of no known kind, or a file beside it contradicts it.</exception>
    public static TokenizerDefinition Read(string file)
    {
        byte[] head = ReadHead(file);
        TokenizerFileKind kind = FileRecognition.Recognise(file, head);
        if (kind == TokenizerFileKind.Gguf)
            return GgufTokenizerReader.Read(file);
        if (kind == TokenizerFileKind.Unknown)
            throw new InvalidDataException($"{file}: it {FileRecognition.Describe(head)}, which is no tokenizer that is read here; give {FileRecognition.Readable}");
        CompanionFiles companions = CompanionFiles.Beside(file);
        return companions.Complete(Read(file, kind, companions), kind);
    }

    private static TokenizerDefinition Read(string file, TokenizerFileKind kind, CompanionFiles companions)
    {
        switch (kind)
        {
            case TokenizerFileKind.TokenizerJson:
                return TokenizerReader.Read(File.ReadAllBytes(file), file);
            case TokenizerFileKind.SentencePiece:
                return TokenizerFolder.NumberingOf(file) is string numbering
                    ? SentencePieceReader.Read(File.ReadAllBytes(file), file, numbering)
                    : SentencePieceReader.Read(File.ReadAllBytes(file), file, companions.ReservedPieces);
            case TokenizerFileKind.Tiktoken:
                return TiktokenReader.Read(File.ReadAllBytes(file), file);
            case TokenizerFileKind.VocabularyText:
                return VocabularyTextReader.Read(File.ReadAllBytes(file), file, companions.Bert);
            default:
                (string vocabulary, string merges) = TokenizerFolder.Pair(file, kind);
                return VocabularyAndMergesReader.Read(vocabulary, merges);
        }
    }

    private static byte[] ReadHead(string file)
    {
        using FileStream stream = File.OpenRead(file);
        byte[] head = new byte[Math.Min(FileRecognition.HeadLength, stream.Length)];
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
