using Weft.Text.Bpe;
using Weft.Text.Unigram;

namespace Weft.Text.Files;

/// <summary>The <c>model</c> of a tokenizer.json.</summary>
internal static class ModelReader
{
    public static TokenizerModel Read(JsonField model)
    {
        string type = TypeOf(model);
        return type switch
        {
            "BPE" when SentencePieceBpeFields.AreIn(model) => SentencePieceBpeFields.Read(model),
            "BPE" => new BpeModel(BpeReader.Read(model)),
            "WordPiece" => WordModelReader.ReadWordPiece(model),
            "WordLevel" => WordModelReader.ReadWordLevel(model),
            "Unigram" => new UnigramModel(UnigramReader.Read(model)),
            _ => throw model.Required("type").Refuse("this type of model is not read yet; types read here: BPE, WordPiece, WordLevel, Unigram"),
        };
    }

    // Files written before 2021 carry no type; what the model holds tells them apart.
    private static string TypeOf(JsonField model)
    {
        if (model.Optional("type") is JsonField type)
            return type.Text();
        return model.Optional("merges") is not null ? "BPE"
            : model.Optional("max_input_chars_per_word") is not null ? "WordPiece"
            : model.Optional("unk_id") is not null ? "Unigram"
            : "WordLevel";
    }
}
