using System.Text.Encodings.Web;
using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>Writes a byte-pair encoding as GPT-2's pair of files, vocab.json and merges.txt. What they cannot say is not in them.</summary>
internal static class VocabularyAndMergesWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="NotSupportedException">The model is no byte-pair encoding, or one of its tokens holds a space.</exception>
    public static void Write(TokenizerDefinition definition, string vocabularyFile, string mergesFile)
    {
        if (definition.Model is not BpeModel model)
            throw new NotSupportedException("only a byte-pair encoding has merges; save a tokenizer.json instead");
        string[] tokens = new string[model.Ids.Values.DefaultIfEmpty(-1).Max() + 1];
        foreach ((string token, int id) in model.Ids)
            tokens[id] = token;
        if (model.Definition.Merges.Select(merge => tokens[merge.Result]).FirstOrDefault(token => token.Contains(' ', StringComparison.Ordinal)) is string spaced)
            throw new NotSupportedException($"token '{JsonField.Shorten(spaced)}' holds a space, which divides tokens in merges.txt; save a tokenizer.json instead");
        AtomicFile.Write(vocabularyFile, stream => WriteVocabulary(stream, definition));
        AtomicFile.Write(mergesFile, stream => WriteMerges(stream, model.Definition, tokens));
    }

    private static void WriteVocabulary(Stream stream, TokenizerDefinition definition)
    {
        using var writer = new Utf8JsonWriter(stream, Options);
        writer.WriteStartObject();
        var all = definition.Model.Ids.ToDictionary(StringComparer.Ordinal);
        foreach (AddedToken token in definition.AddedTokens)
            all.TryAdd(token.Content, token.Id);
        foreach ((string token, int id) in all.OrderBy(entry => entry.Value))
            writer.WriteNumber(token, id);
        writer.WriteEndObject();
    }

    private static void WriteMerges(Stream stream, BpeDefinition definition, string[] tokens)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("#version: 0.2");
        foreach (BpeMerge merge in definition.Merges.OrderBy(merge => merge.Rank))
            writer.WriteLine($"{tokens[merge.Left]} {tokens[merge.Right]}");
    }
}
