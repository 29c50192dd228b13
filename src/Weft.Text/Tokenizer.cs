using System.Runtime.InteropServices;
using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;
using Weft.Text.Decoders;
using Weft.Text.Files;
using Weft.Text.Normalizers;
using Weft.Text.PostProcessors;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>
/// Text to ids and back, as a Hugging Face <c>tokenizer.json</c> describes it. Immutable and safe to use from many threads.
/// Half a surrogate pair in a text counts as U+FFFD, as in .NET's UTF-8 encoding. A character that neither the vocabulary nor
/// byte tokens cover becomes the unknown token, or is dropped where the file names none, as Hugging Face does.
/// </summary>
public sealed class Tokenizer
{
    private const string FileName = "tokenizer.json";

    private readonly TokenizerDefinition _definition;
    private readonly TextEncoder _encoder;
    private readonly PostProcessor _postProcessor;
    private readonly TokenDecoder _decoder;
    private readonly Dictionary<string, int> _addedIds;
    private readonly string?[] _tokens;
    private readonly bool[] _special;

    internal Tokenizer(TokenizerDefinition definition, string sourceName)
    {
        _definition = definition;
        T? Read<T>(string name, JsonElement? element, Func<JsonField, T> read) where T : class =>
            element is { } value ? read(new JsonField(sourceName, name, value)) : null;
        Normalizer? normalizer = Read("normalizer", definition.Normalizer, ComponentReader.ReadNormalizer);
        PreTokenizer? preTokenizer = Read("pre_tokenizer", definition.PreTokenizer, PreTokenizerReader.Read);
        _postProcessor = Read("post_processor", definition.PostProcessor, ComponentReader.ReadPostProcessor) ?? PostProcessor.Nothing;
        _decoder = Read("decoder", definition.Decoder, DecoderReader.Read) ?? new SpaceJoinDecoder();
        _encoder = new TextEncoder(new BpeModel(definition.Model), definition.AddedTokens, normalizer, preTokenizer);

        _addedIds = definition.AddedTokens.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        VocabularySize = definition.Model.Ids.Values.Concat(_addedIds.Values).DefaultIfEmpty(-1).Max() + 1;
        _tokens = new string?[VocabularySize];
        _special = new bool[VocabularySize];
        foreach ((string token, int id) in definition.Model.Ids)
            _tokens[id] = token;
        foreach (AddedToken token in definition.AddedTokens)
            (_tokens[token.Id], _special[token.Id]) = (token.Content, token.Special);
        foreach (int id in _postProcessor.Before.Concat(_postProcessor.After))
            if (IdToToken(id) is null)
                throw new JsonField(sourceName, "post_processor", definition.PostProcessor!.Value).Refuse(
                    $"it adds id {id}, which no token has; add the token or correct the id");
    }

    /// <summary>Highest id + 1. Ids below may be unused.</summary>
    public int VocabularySize { get; }

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

    /// <summary>Text to ids.</summary>
    /// <param name="text">Any text; NULs are characters as others are.</param>
    /// <param name="addSpecialTokens">Run the file's post-processor, which adds such tokens as the beginning of the text.</param>
    /// <param name="parseSpecialTokens">
    /// Let the names of special tokens inside the text become those tokens. Off by default: a text from outside cannot then
    /// pretend to be the structure around it.
    /// </param>
    public int[] EncodeToIds(string text, bool addSpecialTokens = true, bool parseSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        PostProcessor around = addSpecialTokens ? _postProcessor : PostProcessor.Nothing;
        return _encoder.Encode<int[]>(text, parseSpecialTokens,
            ids => [.. around.Before, .. CollectionsMarshal.AsSpan(ids), .. around.After]);
    }

    /// <summary>Number of ids that <see cref="EncodeToIds"/> gives for the same arguments.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Count the tokens that the post-processor adds.</param>
    /// <param name="parseSpecialTokens">Count the name of a special token inside the text as that one token.</param>
    public int CountTokens(string text, bool addSpecialTokens = true, bool parseSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        int added = addSpecialTokens ? _postProcessor.Before.Count + _postProcessor.After.Count : 0;
        return added + _encoder.Encode(text, parseSpecialTokens, ids => ids.Count);
    }

    /// <summary>Ids to text. Bytes that are no UTF-8 give U+FFFD; an id in a gap of the vocabulary gives nothing.</summary>
    /// <param name="ids">Ids in [0, <see cref="VocabularySize"/>).</param>
    /// <param name="skipSpecialTokens">Leave special tokens out of the text.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary size.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        Detokenizer detokenizer = CreateDetokenizer(skipSpecialTokens);
        foreach (int id in ids)
            detokenizer.Push(id);
        return detokenizer.Flush();
    }

    /// <summary>The id of a token as the file spells it (byte-level files spell a space Ġ), or null.</summary>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _addedIds.TryGetValue(token, out int id) || _definition.Model.Ids.TryGetValue(token, out id) ? id : null;
    }

    /// <summary>The token of an id as the file spells it, or null when no token has the id.</summary>
    public string? IdToToken(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>Whether the id is that of a special token.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];

    /// <summary>A decoder that takes one id at a time.</summary>
    /// <param name="skipSpecialTokens">Leave special tokens out of the text.</param>
    public Detokenizer CreateDetokenizer(bool skipSpecialTokens = true) => new(this, _decoder, skipSpecialTokens);

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
