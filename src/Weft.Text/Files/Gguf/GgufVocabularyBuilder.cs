using Weft.Text.AddedTokens;
using Weft.Text.Bpe;
using Weft.Text.Unigram;
using Weft.Text.WordPiece;

namespace Weft.Text.Files.Gguf;

/// <summary>The tokens, types, scores and merges of a tokenizer as llama.cpp keeps them.</summary>
internal sealed record GgufVocabularyBuilder(string Model, string[] Tokens, int[] Types)
{
    /// <summary>Below every score that counts, so that what fills gaps never wins.</summary>
    private const float Last = -1e4f;

    public float[]? Scores { get; init; }

    public string[]? Merges { get; init; }

    /// <summary>The kind of a model and its tokens by id; null for a model that llama.cpp does not have.</summary>
    /// <param name="definition">The tokenizer.</param>
    /// <param name="size">Ids of the language model, at least as many as those of the tokenizer.</param>
    public static GgufVocabularyBuilder? Of(TokenizerDefinition definition, int size) => definition.Model switch
    {
        BpeModel { Definition: { ByteFallback: true } bpe } => Of("llama", definition, size) with { Scores = ScoresOf(bpe, size) },
        BpeModel { Definition: var bpe } => Of("gpt2", definition, size) with { Merges = MergesOf(bpe) },
        SentencePieceBpeModel { Pieces: var pieces } => OfPieces("llama", definition, pieces, size),
        UnigramModel { Definition: var unigram } => OfPieces("t5", definition, unigram.Pieces, size),
        WordPieceModel => WithWordMarks(Of("bert", definition, size)),
        _ => null,
    };

    private static GgufVocabularyBuilder Of(string model, TokenizerDefinition definition, int size)
    {
        string[] tokens = [.. Enumerable.Range(0, size).Select(id => $"[PAD{id}]")];
        int[] types = [.. Enumerable.Repeat((int)PieceType.Unused, size)];
        void Set(string token, int id, PieceType type) => (tokens[id], types[id]) = (token, (int)type);
        bool hasBytes = definition.Model is BpeModel { Definition.ByteFallback: true } or SentencePieceBpeModel { ByteFallback: true } or UnigramModel { Definition.ByteFallback: true };
        HashSet<string> bytes = hasBytes ? [.. Enumerable.Range(0, 256).Select(b => BpeModel.ByteToken((byte)b))] : [];
        foreach ((string token, int id) in definition.Model.Ids)
            Set(token, id, bytes.Contains(token) ? PieceType.Byte : PieceType.Normal);
        foreach (AddedToken added in definition.AddedTokens)
            Set(added.Content, added.Id, added.Special ? PieceType.Control : PieceType.UserDefined);
        if (UnknownOf(definition.Model) is int unknown)
            types[unknown] = (int)PieceType.Unknown;
        return new(model, tokens, types);
    }

    private static GgufVocabularyBuilder OfPieces(string model, TokenizerDefinition definition, IReadOnlyList<ScoredPiece> pieces, int size)
    {
        GgufVocabularyBuilder builder = Of(model, definition, size);
        float[] scores = [.. Enumerable.Repeat(Last, size)];
        for (int id = 0; id < Math.Min(pieces.Count, size); id++)
        {
            scores[id] = (float)pieces[id].Score;
            if (pieces[id].Type is PieceType.UserDefined or PieceType.Unused or PieceType.Control)
                builder.Types[id] = (int)pieces[id].Type;
        }
        return builder with { Scores = scores };
    }

    /// <summary>SentencePiece merges by the score of what comes out, so the first merge that makes a token gives its score.</summary>
    private static float[] ScoresOf(BpeDefinition definition, int size)
    {
        float[] scores = [.. Enumerable.Repeat(Last, size)];
        foreach (int id in definition.Ids.Values)
            scores[id] = 0;
        for (int rank = definition.Merges.Count - 1; rank >= 0; rank--)
            scores[definition.Merges[rank].Result] = -1 - rank;
        return scores;
    }

    private static string[] MergesOf(BpeDefinition definition)
    {
        string[] tokens = new string[definition.Ids.Values.DefaultIfEmpty(-1).Max() + 1];
        foreach ((string token, int id) in definition.Ids)
            tokens[id] = token;
        return [.. definition.Merges.Select(merge => $"{tokens[merge.Left]} {tokens[merge.Right]}")];
    }

    /// <summary>llama.cpp marks the beginning of a word where BERT marks its continuation.</summary>
    private static GgufVocabularyBuilder WithWordMarks(GgufVocabularyBuilder builder)
    {
        for (int id = 0; id < builder.Tokens.Length; id++)
            if (builder.Types[id] == (int)PieceType.Normal)
                builder.Tokens[id] = builder.Tokens[id] switch
                {
                    ['#', '#', _, ..] token => token[2..],
                    ['[', _, .., ']'] token => token,
                    string token => '\u2581' + token,
                };
        return builder;
    }

    private static int? UnknownOf(TokenizerModel model) => model switch
    {
        BpeModel { UnknownId: >= 0 and var id } => id,
        SentencePieceBpeModel { UnknownId: var id } => id,
        UnigramModel { Definition.UnknownId: { } id } => id,
        _ => null,
    };
}
