using Weft.Text.Files;

namespace Weft.Text;

/// <content>Reading and writing.</content>
public sealed partial class Tokenizer
{
    private const string FileName = "tokenizer.json";

    /// <summary>Reads a tokenizer.json, or the one in a directory.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or names a component that Weft does not read.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"{file}: there is no tokenizer.json here; give the file or the directory that holds it", file);
        return Parse(File.ReadAllBytes(file), file);
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
    /// Writes a tokenizer.json that Hugging Face tokenizers read; loading it encodes identically. The file is replaced whole.
    /// </summary>
    /// <param name="path">The file, or an existing directory that shall hold it.</param>
    /// <exception cref="IOException">The file cannot be written; an older one is untouched.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        AtomicFile.Write(file, stream => TokenizerWriter.Write(stream, _definition));
    }
}
