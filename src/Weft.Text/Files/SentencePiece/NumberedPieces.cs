using Weft.Text.AddedTokens;
using Weft.Text.Unigram;

namespace Weft.Text.Files.SentencePiece;

/// <summary>
/// A SentencePiece model beside a vocab.json that numbers its pieces: Marian's source.spm and target.spm share one. Tokens that no model has, such as
/// the languages <c>>>fra&lt;&lt;</c>, are taken out of text as they stand; pieces that the vocabulary lacks are unknown. Texts end with <c>&lt;/s></c>.
/// </summary>
internal static class NumberedPieces
{
    private const string End = "</s>", Unknown = "<unk>", Padding = "<pad>";

    public static TokenizerDefinition Build(SentencePieceSpec spec, string file, string vocabularyFile)
    {
        if (!spec.IsUnigram)
            throw new InvalidDataException($"{file}: field 'trainer_spec.model_type' is BPE (2), whose pieces a vocab.json beside it cannot number here; use the tokenizer.json of the model");
        string[] tokens = ReadTokens(vocabularyFile);
        var known = spec.Pieces.Where(piece => piece.Type is not (PieceType.Unknown or PieceType.Control)).DistinctBy(piece => piece.Text).ToDictionary(piece => piece.Text, StringComparer.Ordinal);
        var listed = tokens.ToHashSet(StringComparer.Ordinal);
        ScoredPiece[] pieces =
        [
            .. tokens.Select(token => known.TryGetValue(token, out ScoredPiece piece) ? piece
                : new ScoredPiece(token, 0, token == Unknown ? PieceType.Unknown : token is End or Padding ? PieceType.Control : PieceType.Unused)),
            .. known.Values.Where(piece => piece.Type is PieceType.Normal or PieceType.UserDefined && !listed.Contains(piece.Text)).Select(piece => piece with { Type = PieceType.Unlisted }),
        ];
        TokenizerDefinition definition = SentencePieceDefinition.Build(spec with { Pieces = pieces }, file);
        return definition with
        {
            AddedTokens = [.. definition.AddedTokens.Concat(Apart(pieces)).OrderBy(token => token.Id)],
            PostProcessor = listed.Contains(End) ? SurroundingTemplate.ToElement(SurroundingTemplate.Of(null, new SpecialToken(Array.IndexOf(tokens, End), End))) : null,
        };
    }

    private static string[] ReadTokens(string file)
    {
        Dictionary<string, int> ids = JsonFile.Read(File.ReadAllBytes(file), file, VocabularyReader.Read);
        string[] tokens = new string[ids.Count];
        foreach ((string token, int id) in ids)
            tokens[id < tokens.Length ? id : throw new InvalidDataException($"{file}: token '{JsonField.Shorten(token)}' has id {id}, but there are {tokens.Length} tokens; number them from 0 without gaps")] = token;
        return ids.ContainsKey(Unknown) ? tokens : throw new InvalidDataException($"{file}: there is no token '{Unknown}'; add it, for what the vocabulary lacks");
    }

    private static IEnumerable<AddedToken> Apart(ScoredPiece[] pieces)
    {
        for (int id = 0; id < pieces.Length; id++)
            if (pieces[id].Type == PieceType.Unused && pieces[id].Text.StartsWith(">>", StringComparison.Ordinal))
                yield return new AddedToken(id, pieces[id].Text);
    }
}
