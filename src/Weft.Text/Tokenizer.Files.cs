using Weft.Text.Bpe;
using Weft.Text.Files;
using Weft.Text.Files.Gguf;

namespace Weft.Text;

/// <content>Reading and writing.</content>
public sealed partial class Tokenizer
{
    private const string FileName = "tokenizer.json";

    /// <summary>
    /// Reads a tokenizer of any kind that the field uses: tokenizer.json; a SentencePiece model; vocab.json with merges.txt
    /// (encoder.json with vocab.bpe); vocab.txt; ranks as tiktoken writes them; a GGUF file; or a folder that holds one of them.
    /// The file's content says which kind it is, its name only where the content leaves it open. tokenizer_config.json,
    /// special_tokens_map.json, added_tokens.json and generation_config.json beside it are honoured as Hugging Face does; a GGUF
    /// file has everything in itself.
    /// </summary>
    /// <param name="path">The file or the folder.</param>
    /// <exception cref="InvalidDataException">A file is damaged, of an unknown kind, contradicts another, or names a component that Weft does not read.</exception>
    /// <exception cref="FileNotFoundException">There is no such file, or none in the folder.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string file = TokenizerFile.Find(path);
        return new(TokenizerFile.Read(file), file);
    }

    /// <summary>The file that <see cref="Load"/> would read in a folder; null where there is none.</summary>
    /// <exception cref="InvalidDataException">Several files have the same right.</exception>
    public static string? FindFile(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return TokenizerFolder.Find(directory);
    }

    /// <summary>Reads a tokenizer.json from a stream.</summary>
    /// <param name="json">UTF-8 JSON, read to its end.</param>
    /// <param name="sourceName">Names the source in error messages.</param>
    /// <exception cref="InvalidDataException">The JSON is damaged or names a component that Weft does not read.</exception>
    public static Tokenizer Parse(Stream json, string sourceName)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var buffer = new MemoryStream();
        json.CopyTo(buffer);
        return Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), sourceName);
    }

    /// <summary>Reads a tokenizer.json from memory.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="sourceName">Names the source in error messages.</param>
    /// <exception cref="InvalidDataException">The JSON is damaged or names a component that Weft does not read.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json, string sourceName) =>
        new(TokenizerReader.Read(json, sourceName), sourceName);

    /// <summary>
    /// Writes a tokenizer.json that Hugging Face tokenizers read; loading it here encodes identically. Of SentencePiece models the file says more
    /// than Hugging Face looks at: where scores tie or sums round, and where white space at the end counts, its ids may differ there. The
    /// file is replaced whole.
    /// </summary>
    /// <param name="path">The file, or an existing directory that shall hold it.</param>
    /// <exception cref="IOException">The file cannot be written; an older one is untouched.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        AtomicFile.Write(file, stream => TokenizerWriter.Write(stream, _definition));
    }

    /// <summary>The keys that describe this tokenizer in a GGUF file, for llama.cpp as far as it can, and whole for Weft.</summary>
    /// <param name="vocabularySize">Ids of the language model, at least <see cref="VocabularySize"/>; ids that no token has get names of their own.</param>
    /// <param name="endOfTextIds">Ids that end a text, where the tokenizer's own files name none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The language model has fewer ids than the tokenizer.</exception>
    public GgufTokenizer ToGguf(int vocabularySize, params IReadOnlyList<int> endOfTextIds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, VocabularySize);
        // Merges that are left out at random are for training; a file for others has them all.
        Tokenizer whole = _definition.Model is BpeModel { Definition.Dropout: > 0 } ? WithDropout(0, seed: 0) : this;
        return GgufTokenizerWriter.Write(whole, _definition, vocabularySize, endOfTextIds);
    }
}
