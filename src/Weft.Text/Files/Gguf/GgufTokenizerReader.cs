using System.Text;
using System.Text.Json;
using Weft.Gguf;
using Weft.Text.Bpe;
using Weft.Text.Files.SentencePiece;
using Weft.Text.Normalizers;
using Weft.Text.Unigram;
using Weft.Text.WordPiece;

namespace Weft.Text.Files.Gguf;

/// <summary>The tokenizer inside a GGUF file, in the components of a tokenizer.json.</summary>
internal static class GgufTokenizerReader
{
    /// <summary>The key of a whole tokenizer.json.</summary>
    public const string HuggingFaceKey = "tokenizer.huggingface.json";

    /// <exception cref="InvalidDataException">The file is damaged, holds no tokenizer or one of a kind that is not read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TokenizerDefinition Read(string path)
    {
        using GgufMetadata file = GgufMetadata.Open(path);
        // The tokenizer as its maker wrote it, where the file has it, says more than the other keys.
        return file.Text(HuggingFaceKey) is { } json
            ? CompanionFiles.Inside(file).Complete(TokenizerReader.Read(Encoding.UTF8.GetBytes(json), $"{path} ({HuggingFaceKey})"), TokenizerFileKind.TokenizerJson)
            : ReadKeys(file);
    }

    /// <summary>The tokenizer that llama.cpp's own keys describe.</summary>
    public static TokenizerDefinition ReadKeys(GgufMetadata file)
    {
        string model = file.Text("tokenizer.ggml.model")
            ?? throw file.Refuse("tokenizer.ggml.model", "missing", "give a GGUF file with a tokenizer in it");
        var vocabulary = new GgufVocabulary(file);
        return model switch
        {
            "llama" => ReadSentencePiece(vocabulary, isUnigram: false, file.File),
            "t5" => ReadSentencePiece(vocabulary, isUnigram: true, file.File),
            "gpt2" => ReadByteLevel(vocabulary, file.Text("tokenizer.ggml.pre") ?? "default"),
            "bert" => ReadWordPiece(vocabulary),
            _ => throw vocabulary.Refuse("model", $"'{model}'", "kinds read here are llama, gpt2, bert and t5; give the model's tokenizer.json"),
        };
    }

    private static TokenizerDefinition ReadSentencePiece(GgufVocabulary vocabulary, bool isUnigram, string path)
    {
        float[] scores = vocabulary.Scores();
        PieceType[] types = vocabulary.Types;
        if (!types.Contains(PieceType.Unknown))
            types[vocabulary.Id("unknown_token_id") ?? 0] = PieceType.Unknown;
        var spec = new SentencePieceSpec([.. vocabulary.Tokens.Select((token, id) => new ScoredPiece(token, scores[id], types[id]))], isUnigram)
        {
            ByteFallback = types.Contains(PieceType.Byte),
            CharsMap = vocabulary.Bytes("precompiled_charsmap"),
            Normalization = new SentencePieceOptions
            {
                AddDummyPrefix = vocabulary.Flag("add_space_prefix", whenAbsent: true),
                RemoveExtraWhitespaces = vocabulary.Flag("remove_extra_whitespaces", whenAbsent: isUnigram),
            },
        };
        return SentencePieceDefinition.Build(spec, path) with
        {
            PostProcessor = GgufTemplate.Of(vocabulary, begins: !isUnigram, ends: isUnigram),
        };
    }

    private static TokenizerDefinition ReadByteLevel(GgufVocabulary vocabulary, string pattern)
    {
        JsonElement preTokenizer = GgufPatterns.Find(pattern)
            ?? throw vocabulary.Refuse("pre", $"'{pattern}'", "no pattern is known by this name; give the model's tokenizer.json");
        var model = new BpeModel(new BpeDefinition(vocabulary.Ids, ReadMerges(vocabulary)) { IgnoreMerges = GgufPatterns.IgnoresMerges(pattern) });
        return new TokenizerDefinition(model, vocabulary.AddedTokens())
        {
            PreTokenizer = preTokenizer,
            Decoder = ByteLevelComponents.Decoder,
            PostProcessor = GgufTemplate.Of(vocabulary, begins: GgufPatterns.IgnoresMerges(pattern), ends: false),
        };
    }

    private static List<BpeMerge> ReadMerges(GgufVocabulary vocabulary)
    {
        string[] texts = vocabulary.Texts("merges") ?? throw vocabulary.Refuse("merges", "missing", "such a tokenizer needs them; convert the model anew");
        var merges = new List<BpeMerge>(texts.Length);
        foreach (string text in texts)
        {
            // A token may begin with a space but is never one, so that the first after the first character divides.
            int at = text.Length > 1 ? text.IndexOf(' ', 1) : -1;
            if (at < 0 || !vocabulary.Ids.TryGetValue(text[..at], out int left) || !vocabulary.Ids.TryGetValue(text[(at + 1)..], out int right)
                || !vocabulary.Ids.TryGetValue(string.Concat(text.AsSpan(0, at), text.AsSpan(at + 1)), out int result))
                throw vocabulary.Refuse($"merges[{merges.Count}]", $"'{JsonField.Shorten(text)}'", "it must be two tokens that together are a third; convert the model anew");
            merges.Add(new BpeMerge(left, right, result, merges.Count));
        }
        return merges;
    }

    // Tokens that begin a word carry a mark there, and those that continue one carry none.
    private static TokenizerDefinition ReadWordPiece(GgufVocabulary vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var special = new List<string>();
        for (int id = 0; id < vocabulary.Tokens.Length; id++)
        {
            string token = vocabulary.Tokens[id];
            bool isText = vocabulary.Types[id] == PieceType.Normal;
            string name = !isText ? token : token.StartsWith('\u2581') && token.Length > 1 ? token[1..] : IsPlaceholder(token) ? token : "##" + token;
            if (!ids.TryAdd(name, id))
                throw vocabulary.Refuse($"tokens[{id}]", $"'{JsonField.Shorten(token)}'", $"token {ids[name]} is the same; convert the model anew");
            if (!isText)
                special.Add(name);
        }
        foreach (string token in new[] { "[UNK]", "[CLS]", "[SEP]" })
            if (!ids.ContainsKey(token))
                throw vocabulary.Refuse("tokens", $"without '{token}'", "BERT needs it; convert the model anew");
        return VocabularyTextReader.Define(new WordPieceDefinition(ids, "[UNK]"), new BertOptions(Lowercase: true), special);
    }

    // [unused0] and its like.
    private static bool IsPlaceholder(string token) => token.Length > 2 && token[0] == '[' && token[^1] == ']';
}
