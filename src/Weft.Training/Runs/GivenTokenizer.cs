using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>A tokenizer that a run takes as it is.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="EndOfTextId">The id that ends a document; null where it has none.</param>
internal sealed record GivenTokenizer(Tokenizer Tokenizer, string Source, int? EndOfTextId)
{
    /// <summary>The tokenizer of targets, where it is another than that of sources; both give ids of one vocabulary.</summary>
    public Tokenizer? Target { get; init; }

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

    /// <summary>The recipe's own tokenizer, or that of the model to begin with; null where one is to be trained.</summary>
    public static GivenTokenizer? Of(Recipe recipe, InitialModel? initial)
    {
        if (recipe.Tokenizer.File is not null || initial is null)
            return Of(recipe);
        using InitialSource source = InitialSource.Open(initial.Source);
        return source.LoadTokenizer() is { } tokenizer ? new(tokenizer, initial.Source, initial.EndOfTextId) { Target = source.LoadTargetTokenizer() } : null;
    }
}
