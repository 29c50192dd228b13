using Weft.Data;
using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>A recipe checked and filled in, and its data in the folder of its run: everything before the first step.</summary>
internal sealed record Preparation
{
    /// <summary>The recipe with every value that can be derived without measuring.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>Values that the recipe did not give.</summary>
    public required IReadOnlyList<DerivedSetting> Derived { get; init; }

    /// <summary>The family in which the model is exported.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The model to begin with; null for nothing.</summary>
    public required InitialModel? Initial { get; init; }

    /// <summary>The tokenizer that was given, or came with the model; null where one was trained.</summary>
    public required GivenTokenizer? Given { get; init; }

    /// <summary>The tokenizer.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Sizes of the text.</summary>
    public required CorpusStatistics Corpus { get; init; }

    /// <summary>The model.</summary>
    public ModelSpec Spec => Initial?.Spec ?? Derivation.ToSpec(Recipe, Tokenizer.VocabularySize);

    /// <summary>The special tokens of the objective.</summary>
    public ObjectiveTokens Tokens => ObjectiveTokens.Of(Recipe, Tokenizer, Initial);

    /// <summary>Reads, checks and encodes.</summary>
    /// <param name="recipe">As it was written.</param>
    /// <param name="folder">Receives tokenizer and shards.</param>
    /// <param name="stage">Announces each stage.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    /// <exception cref="InvalidDataException">The recipe or its data cannot be used.</exception>
    /// <exception cref="FileNotFoundException">A file that it names is missing.</exception>
    public static Preparation Of(Recipe recipe, RunFolder folder, Action<string, string?> stage, (IRunObserver Observer, CancellationToken Token) context)
    {
        if (recipe.Task is not null)
            stage("Rows", recipe.Task.Objective switch
            {
                ObjectiveKind.Conversation => "read, look at turns, split",
                ObjectiveKind.Preference => "read, split",
                _ => "read, look at labels, split",
            });
        (recipe, ITaskRows? rows) = TaskRows.Begin(recipe, context.Observer, context.Token);
        (recipe, ConversationRows? conversations) = ConversationRows.Begin(recipe, context.Observer, context.Token);
        (recipe, InitialModel? initial) = InitialModel.Begin(recipe);
        RecipeCheck.Check(recipe);
        DeviceRecipe.RequireThere(recipe);
        (Recipe resolved, IReadOnlyList<DerivedSetting> derived) = InitialModel.Resolve(recipe, initial);
        Architecture architecture = TrainingRun.CheckExport(resolved, initial);

        GivenTokenizer? given = GivenTokenizer.Of(resolved, initial);
        initial = initial?.With(resolved, given);
        (Tokenizer tokenizer, CorpusStatistics corpus) = conversations is not null
            ? ConversationStage.Prepare(resolved, conversations, folder, (given, initial), stage, context)
            : rows is not null ? LabelStage.Prepare(resolved, rows, folder, (given, LabelStage.SegmentsOf(resolved, initial)), stage, context)
            : resolved.Task is not null ? PreferenceStage.Prepare(resolved, folder, (given, initial!), stage, context)
            : CorpusStage.Prepare(resolved, folder, (given, initial?.Tokens), stage, context);
        initial?.CheckVocabulary(tokenizer);
        return new()
        {
            Recipe = resolved,
            Derived = derived,
            Architecture = architecture,
            // A tokenizer that is trained anew has ids of its own.
            Initial = initial is null ? null : initial with { EndOfTextId = given is null ? CorpusStage.EndOfTextId(tokenizer) : given.EndOfTextId },
            Given = given,
            Tokenizer = tokenizer,
            Corpus = corpus,
        };
    }
}
