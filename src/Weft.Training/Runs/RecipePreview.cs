using System.Globalization;

using Weft.Data;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Adapters;

namespace Weft.Training.Runs;

/// <summary>What a recipe comes to, found without training: everything that can be refused before the first step is refused here.</summary>
public sealed record RecipePreview
{
    /// <summary>The recipe with every value that can be derived without measuring.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>Values that the recipe did not give.</summary>
    public required IReadOnlyList<DerivedSetting> Derived { get; init; }

    /// <summary>The model; null where its vocabulary is not known before the text is read.</summary>
    public ModelSpec? Spec { get; init; }

    /// <summary>Trained numbers of the model; null where its vocabulary is not known.</summary>
    public long? Parameters => Spec is null ? null : (Adapter is null ? ModelParameters.Enumerate(Spec) : AdapterParameters.Enumerate(Spec, Adapter)).Sum(parameter => parameter.Count);

    private AdapterOptions? Adapter { get; init; }

    /// <summary>Checks a recipe and derives what it leaves out.</summary>
    /// <exception cref="InvalidDataException">The recipe or its data cannot be used.</exception>
    /// <exception cref="FileNotFoundException">A file that it names is missing.</exception>
    public static RecipePreview Of(Recipe recipe, CancellationToken cancellation = default)
    {
        (recipe, _) = TaskRows.Begin(recipe, new NoObserver(), cancellation);
        (recipe, _) = ConversationRows.Begin(recipe, new NoObserver(), cancellation);
        (recipe, InitialModel? initial) = InitialModel.Begin(recipe);
        RecipeCheck.Check(recipe);
        DeviceRecipe.RequireThere(recipe);
        (Recipe resolved, IReadOnlyList<DerivedSetting> derived) = InitialModel.Resolve(recipe, initial);
        var settings = new List<DerivedSetting>(derived);
        TrainingRun.CheckExport(resolved, initial);
        AdapterOptions? adapter = InitialModel.PlanOf(resolved, initial).Adapter;
        GivenTokenizer? given = GivenTokenizer.Of(resolved, initial);
        initial = initial?.With(resolved, given);
        if (given is not null)
            initial?.CheckVocabulary(given.Tokenizer);
        if (resolved.Training.Steps is { } steps)
            resolved = Derivation.WithSteps(resolved, steps, "given", settings);
        else
            settings.Add(new("training.steps", "measured", string.Create(CultureInfo.InvariantCulture, $"as many as fit into {resolved.Training.Minutes} minutes when the run starts")));
        int? vocabulary = recipe.Data.Count > 0 ? CheckShards(resolved, (given!, initial), cancellation) : CheckText(resolved, given, initial);
        return new() { Recipe = resolved, Derived = settings, Spec = initial?.Spec ?? (vocabulary is { } size ? Derivation.ToSpec(resolved, size) : null), Adapter = adapter };
    }

    /// <summary>The size of the vocabulary; null where only the text decides it.</summary>
    private static int? CheckText(Recipe recipe, GivenTokenizer? given, InitialModel? initial)
    {
        if (recipe.Task is { } task)
        {
            // Rows of other tasks have been read.
            if (task.Kind == TaskKind.Conversation)
                RunChatTemplate.Check(recipe, (given, initial));
            else if (task.Kind == TaskKind.Preference)
                PreferenceRows.Of(task, new NoObserver(), CancellationToken.None);
        }
        else if (recipe.Text.Pairs is { } pairs)
            PairText.CheckFiles(pairs);
        else if (recipe.Text.Columns is not null)
            ColumnText.CheckFiles(recipe.Text);
        else if (recipe.Text.Paths.Count == 0)
            ApiDocumentation.FindFiles();
        else
            TextFiles.Expand(recipe.Text.Paths);
        if (given is not null)
        {
            _ = new ObjectiveTokens(recipe, given.Tokenizer, given.EndOfTextId, initial?.Tokens);
            return given.Tokenizer.VocabularySize;
        }
        // A text may have fewer pairs to merge than that, and every character of it is an entry.
        return recipe.Tokenizer.Kind != TokenizerKind.Characters ? recipe.Tokenizer.Vocabulary : null;
    }

    private static int? CheckShards(Recipe recipe, (GivenTokenizer Tokenizer, InitialModel? Initial) from, CancellationToken cancellation)
    {
        // The tokenizer's hash is that of its file as a run saves it.
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("weft-check-");
        try
        {
            var folder = new RunFolder(temporary.FullName);
            (Tokenizer tokenizer, _) = CorpusStage.Prepare(recipe, folder, (from.Tokenizer, from.Initial?.Tokens), (_, _) => { }, (new NoObserver(), cancellation));
            TrainingData.Open(recipe, folder, Derivation.ToPlan(recipe), ObjectiveTokens.Of(recipe, tokenizer, from.Initial), tokenizer.VocabularySize).Dispose();
            return tokenizer.VocabularySize;
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private sealed class NoObserver : IRunObserver
    {
        public void Stage(string title, string? detail = null)
        {
        }

        public void Info(string line)
        {
        }

        public void Progress(string what, long done, long total)
        {
        }

        public void Training(TrainingSnapshot snapshot)
        {
        }
    }
}
