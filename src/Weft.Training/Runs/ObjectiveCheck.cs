using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>Refuses objectives that contradict themselves, the model or the text.</summary>
internal static class ObjectiveCheck
{
    private const string Section = "training.objective";
    private const int Bytes = 256;

    /// <summary>The objective that a recipe means: its own, or that of its family.</summary>
    public static ObjectiveKind KindOf(Recipe recipe)
    {
        if (recipe.Training.Objective.Kind is { } given)
            return given;
        if (recipe.Task is { } task)
            return task.Objective;
        if (ModelFamily.Find(recipe.Model.Architecture) is not { } family)
            return ObjectiveKind.Causal;
        return recipe.Text.HasPairs && family.Objectives.Contains(ObjectiveKind.Pairs) ? ObjectiveKind.Pairs : family.Objectives[0];
    }

    /// <summary>How a recipe's documents become rows.</summary>
    public static PackingKind PackingOf(Recipe recipe) => recipe.Training.Objective.Packing ?? KindOf(recipe) switch
    {
        ObjectiveKind.Causal => PackingKind.Windows,
        ObjectiveKind.Pairs or ObjectiveKind.Classification or ObjectiveKind.Preference => PackingKind.Padded,
        _ => PackingKind.Documents,
    };

    /// <exception cref="InvalidDataException">The message names key, value and remedy.</exception>
    public static void Check(Recipe recipe)
    {
        ObjectiveRecipe objective = recipe.Training.Objective;
        ObjectiveKind kind = KindOf(recipe);
        RecipeCheck.Require(kind != ObjectiveKind.Preference || recipe.Training.InitFrom is not null, "training.init-from", null, "preferences are learnt by a model that answers already; give a decoder");
        if (recipe.Training.InitFrom is null && ModelFamily.Find(recipe.Model.Architecture) is { } family)
        {
            RecipeCheck.Require(family.Objectives.Contains(kind), $"{Section}.kind", ObjectiveRecipe.NameOf(kind),
                $"a model of architecture {family.Name} learns {string.Join(" or ", family.Objectives.Select(ObjectiveRecipe.NameOf))}");
            int special = family.SpecialTokens(kind).Count;
            CheckTokenizer(recipe.Tokenizer, family, ObjectiveRecipe.NameOf(kind), special);
        }
        Key("share", objective.Share, objective.Share is > 0 and < 1, "give a share above 0 and below 1", ObjectiveKind.Masked, ObjectiveKind.Denoising);
        Key("whole-words", objective.WholeWords, true, "", ObjectiveKind.Masked);
        Key("density", objective.Density, objective.Density is > 0 and < 1, "give a share above 0 and below 1", ObjectiveKind.Spans);
        Key("mean-length", objective.MeanLength, objective.MeanLength is >= 1 and < 100, "give 1 token or more, such as 3", ObjectiveKind.Spans, ObjectiveKind.Denoising);
        Key("further-tokens", objective.FurtherTokens == 0 ? null : objective.FurtherTokens, true, "", ObjectiveKind.Causal);
        RecipeCheck.Require(objective.Packing != PackingKind.Windows || kind == ObjectiveKind.Causal, $"{Section}.packing", "windows",
            $"objective {ObjectiveRecipe.NameOf(kind)} keeps documents apart; choose documents or padded");
        bool labelsTexts = kind == ObjectiveKind.Classification && recipe.Task is { Says: LabelKind.One or LabelKind.Several or LabelKind.Number };
        RecipeCheck.Require(labelsTexts || objective.TokenDropout == 0, $"{Section}.token-dropout", objective.TokenDropout, "only of texts that are labelled as a whole tokens can be left out; leave it out");
        CheckTask(recipe, kind);
        CheckText(recipe, kind);

        void Key(string name, object? value, bool valid, string remedy, params ObjectiveKind[] kinds)
        {
            if (value is null)
                return;
            RecipeCheck.Require(kinds.Contains(kind), $"{Section}.{name}", value, $"objective {ObjectiveRecipe.NameOf(kind)} has none; leave it out");
            RecipeCheck.Require(valid, $"{Section}.{name}", value, remedy);
        }
    }

    /// <summary>What only the model itself can tell.</summary>
    /// <exception cref="InvalidDataException">The message names key, value and remedy.</exception>
    public static void CheckModel(Recipe recipe, ModelSpec spec)
    {
        ObjectiveRecipe objective = recipe.Training.Objective;
        ObjectiveKind kind = KindOf(recipe);
        (bool fits, string remedy) = spec switch
        {
            { Head: HeadSpec.SequenceClassification or HeadSpec.TokenClassification or HeadSpec.Spans } => (kind == ObjectiveKind.Classification, "the model labels sequences; give a task, or leave it out"),
            { HasSource: true } => (kind is ObjectiveKind.Pairs or ObjectiveKind.Spans or ObjectiveKind.Denoising, "the model is a decoder beside an encoder; choose pairs, spans or denoising"),
            { Decoder: null } => (kind == ObjectiveKind.Masked, "the model is an encoder alone; choose masked"),
            _ => (kind is ObjectiveKind.Causal or ObjectiveKind.Prefix or ObjectiveKind.Conversation or ObjectiveKind.Preference, "the model is a decoder alone; choose causal or prefix, or give conversations as a task"),
        };
        RecipeCheck.Require(fits, $"{Section}.kind", ObjectiveRecipe.NameOf(kind), remedy);
        bool routed = spec.Stack.Blocks.Any(block => block.FeedForward is FeedForwardSpec.MixtureOfExperts);
        RecipeCheck.Require(routed || objective.LoadBalance == 0, $"{Section}.load-balance", objective.LoadBalance, "the model has no mixture of experts; leave it out");
        RecipeCheck.Require(routed || objective.RouterZLoss == 0, $"{Section}.router-z-loss", objective.RouterZLoss, "the model has no mixture of experts; leave it out");
    }

    private static void CheckTokenizer(TokenizerRecipe tokenizer, ModelFamily family, string objective, int special)
    {
        if (tokenizer.File is not null)
            return;
        RecipeCheck.Require(tokenizer.Kind != TokenizerKind.ByteBpe || tokenizer.Vocabulary >= Bytes + special, "tokenizer.vocabulary", tokenizer.Vocabulary,
            FormattableString.Invariant($"objective {objective} needs {special} special tokens beside all bytes; give at least {Bytes + special}"));
        RecipeCheck.Require(tokenizer.Kind != TokenizerKind.Wordpiece || new WordPieceTrainerOptions().SpecialTokens.Contains(family.Begin), "tokenizer.kind", "wordpiece", $"its special tokens and small letters are those of encoders, not of architecture {family.Name}; choose byte-bpe, or architecture bert");
    }

    private static void CheckTask(Recipe recipe, ObjectiveKind kind)
    {
        string rows = kind switch
        {
            ObjectiveKind.Conversation => "conversations",
            ObjectiveKind.Preference => "preferences",
            _ => "labelled rows",
        };
        RecipeCheck.Require(kind is ObjectiveKind.Classification or ObjectiveKind.Conversation or ObjectiveKind.Preference ? kind == recipe.Task?.Objective : recipe.Task is null, $"{Section}.kind", ObjectiveRecipe.NameOf(kind),
            recipe.Task is null ? $"it learns from {rows}; give a task" : "a task is given, which has an objective of its own; leave out one of them");
        bool judges = recipe.Task is { Kind: not (TaskKind.Regression or TaskKind.Conversation) };
        RecipeCheck.Require(judges || recipe.Training.Best != Metric.Accuracy.Name, "training.best", recipe.Training.Best, $"only labels and preferences have an accuracy; choose {Metric.ValidationLoss.Name}");
        if (recipe.Task is not { } task)
            return;
        task.Check();
        ObjectiveRecipe objective = recipe.Training.Objective;
        RecipeCheck.Require(recipe.Text is { Paths.Count: 0, Pairs: null, Columns: null } && recipe.Data.Count == 0, recipe.Data.Count > 0 ? "data" : "text", "given", "task.files is what is learnt from; leave it out");
        if (kind == ObjectiveKind.Conversation)
        {
            RecipeCheck.Require(recipe.Tokenizer is { File: not null } or { Kind: TokenizerKind.ByteBpe } || recipe.Training.InitFrom is not null, "tokenizer.kind", "characters", "a chat template needs tokens that are no characters; choose byte-bpe");
            return;
        }
        if (kind == ObjectiveKind.Preference)
            CheckPreference(recipe, task);
        else
            RecipeCheck.Require(task.Says is LabelKind.One or LabelKind.EachWord || objective.LabelSmoothing == 0, $"{Section}.label-smoothing", objective.LabelSmoothing, "only rows or words of one label each can be smoothed; leave it out");
        RecipeCheck.Require((objective.ZLoss, objective.LoadBalance, objective.RouterZLoss) == default, $"{Section}.z-loss, load-balance or router-z-loss", "given", $"objective {ObjectiveRecipe.NameOf(kind)} has none; leave it out");
    }

    private static void CheckPreference(Recipe recipe, TaskRecipe task)
    {
        const double swapped = 0.5;
        ObjectiveRecipe objective = recipe.Training.Objective;
        RecipeCheck.Require(objective.Packing is null or PackingKind.Padded, $"{Section}.packing", objective.Packing.ToString()!.ToLowerInvariant(), "the two answers of a pair have a row each; leave it out");
        bool smooths = (task.Method ?? PreferenceMethod.Dpo) == PreferenceMethod.Dpo;
        RecipeCheck.Require(smooths || objective.LabelSmoothing == 0, $"{Section}.label-smoothing", objective.LabelSmoothing, "method orpo has none; leave it out");
        RecipeCheck.Require(objective.LabelSmoothing < swapped, $"{Section}.label-smoothing", objective.LabelSmoothing, "it is the probability that two answers were swapped; give less than 0.5");
    }

    private static void CheckText(Recipe recipe, ObjectiveKind kind)
    {
        bool windows = PackingOf(recipe) == PackingKind.Windows;
        RecipeCheck.Require(windows || recipe.Data.Count < 2, "data", FormattableString.Invariant($"a list of {recipe.Data.Count} sources"),
            "only windows are drawn by weight; give one source, a glob if need be");
        RecipeCheck.Require(windows || recipe.Training.Sampling == SamplingKind.Shuffled, "training.sampling", "random",
            "only windows are drawn with replacement; leave it out");
        RecipeCheck.Require(windows || recipe.Text.Split == SplitKind.Hash, "text.split", "tail", "only windows can be cut out of one long text; choose hash");
        RecipeCheck.Require(kind is not (ObjectiveKind.Masked or ObjectiveKind.Classification) || recipe.Training.SampleEvery is null, "training.sample-every", recipe.Training.SampleEvery,
            $"a model that {(kind == ObjectiveKind.Masked ? "guesses masked tokens" : "labels sequences")} writes no texts; leave it out");
        if (kind != ObjectiveKind.Pairs)
        {
            RecipeCheck.Require(recipe.Text.Columns?.Source is null, "text.columns.source", recipe.Text.Columns?.Source, $"objective {ObjectiveRecipe.NameOf(kind)} reads one text; give text.columns.text, or choose pairs");
            RecipeCheck.Require(recipe.Text.Pairs is null, "text.pairs", "given", $"objective {ObjectiveRecipe.NameOf(kind)} reads text.paths; leave it out, or choose pairs");
            return;
        }
        RecipeCheck.Require(recipe.Text.HasPairs, "text.pairs", null, "objective pairs learns from two files whose lines correspond; give source and target, or two of text.columns");
        if (recipe.Text.Columns is not null)
            return;
        RecipeCheck.Require(recipe.Data.Count == 0 && recipe.Text.Paths.Count == 0, recipe.Data.Count > 0 ? "data" : "text.paths", "given", "objective pairs reads text.pairs alone; leave it out");
        recipe.Text.Pairs!.Check();
    }
}
