using Weft.Text.WordPiece;

namespace Weft.Text.Files;

/// <summary>The <c>model</c> of a tokenizer.json when it is WordPiece or WordLevel.</summary>
internal static class WordModelReader
{
    public static WordPieceModel ReadWordPiece(JsonField model) =>
        new(new WordPieceDefinition(VocabularyReader.Read(model.Required("vocab")), model.Required("unk_token").Text())
        {
            Prefix = model.Required("continuing_subword_prefix").Text(),
            MaximumCharacters = model.Required("max_input_chars_per_word").Integer(0, int.MaxValue),
        });

    public static WordLevelModel ReadWordLevel(JsonField model) =>
        new(VocabularyReader.Read(model.Required("vocab")), model.Required("unk_token").Text());
}
