using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>A tokenizer that a run takes as it is.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="EndOfTextId">The id that ends a document; null where it has none.</param>
internal sealed record GivenTokenizer(Tokenizer Tokenizer, string Source, int? EndOfTextId)
{
    /// <summary>That of the recipe's tokenizer.file; null where one is to be trained.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no tokenizer.</exception>
    public static GivenTokenizer? Of(Recipe recipe)
    {
        if (recipe.Tokenizer.File is not { } file)
            return null;
        Tokenizer tokenizer = Tokenizer.Load(file);
        return new(tokenizer, file, CorpusStage.EndOfTextId(tokenizer));
    }
}
