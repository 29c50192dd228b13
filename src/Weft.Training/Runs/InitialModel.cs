using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Modules;
using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Runs;

/// <summary>A model on disk that training begins from: its specification, its family and the id that ends its texts.</summary>
/// <param name="Source">The folder or the file.</param>
/// <param name="Spec">What is trained: the model's own specification, perhaps with a new head.</param>
/// <param name="Architecture">Its family, in which the trained model is exported.</param>
/// <param name="EndOfTextId">The id between two documents; null where the model names none.</param>
internal sealed record InitialModel(string Source, ModelSpec Spec, Architecture Architecture, int? EndOfTextId)
{
    private const string ModelType = "model_type";
    private const string SpecKey = "spec";
    private const string EndOfText = "end_of_text_id";
    private const string SourceKey = "source";
    private const string NewHeadKey = "new_head";
    private const string TokensKey = "tokens";

    /// <summary>The model on disk has another head, or none; that of <see cref="Spec"/> begins anew.</summary>
    public bool HasNewHead { get; init; }

    /// <summary>The special tokens of an encoder, or of an encoder beside a decoder; null of other models, and where the tokenizer is trained anew.</summary>
    public InitialTokens? Tokens { get; init; }

    /// <summary>Looks at the model that a recipe begins with, and fills in what follows from it: the family and the objective.</summary>
    /// <returns>The recipe as it is, and null, where it begins from nothing.</returns>
    /// <exception cref="InvalidDataException">Another shape, too short a context, or a model that cannot be trained or exported; the message names the value.</exception>
    /// <exception cref="CheckpointException">The model is damaged.</exception>
    public static (Recipe Recipe, InitialModel? Initial) Begin(Recipe recipe)
    {
        if (recipe.Training.InitFrom is not { } path)
            return (recipe, null);
        RecipeRange.Check(recipe);
        CheckpointRecipe.Check(recipe.Training);
        using InitialSource source = InitialSource.Open(path);
        string family = source.Architecture.ModelType;
        recipe = recipe with { Training = recipe.Training with { Objective = recipe.Training.Objective with { Kind = KindOf(recipe, source.Spec, family) } } };
        if (!GivesShape(recipe.Model))
            recipe = recipe with { Model = recipe.Model with { Architecture = family } };
        (ModelSpec spec, bool newHead) = recipe.Task is { LabelsTexts: true } task ? ToLabel(source, task) : ToTrain(source, recipe.Training.Objective.Kind!.Value);
        if (GivesShape(recipe.Model))
            CheckEqual(Derivation.ToSpec(Derivation.Resolve(recipe).Recipe, spec.VocabularySize), spec, path);
        if (recipe.Model.Context > spec.ContextLength)
            throw new InvalidDataException($"model.context is {recipe.Model.Context}, but training.init-from {path} reads at most {spec.ContextLength} tokens; give a smaller model.context");
        return (recipe, new(path, spec, source.Architecture, source.Ids.End) { HasNewHead = newHead });
    }

    /// <summary>A recipe that gives any size of the model describes all of it; one that gives none takes it as it is.</summary>
    public static bool GivesShape(ModelRecipe model) => (model.Layers ?? model.Width ?? model.Heads ?? model.KeyValueHeads ?? model.Inner) is not null;

    /// <summary>Fills in a recipe that <see cref="Begin"/> gave; the shape of a model that is taken as it is, is none of the recipe's.</summary>
    public static (Recipe Recipe, IReadOnlyList<DerivedSetting> Derived) Resolve(Recipe recipe, InitialModel? initial)
    {
        (Recipe resolved, IReadOnlyList<DerivedSetting> derived) = Derivation.Resolve(recipe);
        return initial is null || GivesShape(recipe.Model) ? (resolved, derived)
            : (resolved with { Model = recipe.Model }, [.. derived.Where(setting => !setting.Name.StartsWith("model.", StringComparison.Ordinal))]);
    }

    /// <summary>The model with the special tokens of the tokenizer that the run takes.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="given">The tokenizer; null where one is trained.</param>
    /// <exception cref="InvalidDataException">The objective needs a token that there is not.</exception>
    public InitialModel With(Recipe recipe, GivenTokenizer? given)
    {
        if (Spec.Encoder is null)
            return this;
        if (given is null)
            return ModelFamily.Find(recipe.Model.Architecture) is { Surrounds: true } ? this
                : throw new InvalidDataException($"training.init-from {Source} has no tokenizer; give the one that it was trained with as tokenizer.file");
        using InitialSource source = InitialSource.Open(Source);
        InitialTokens tokens = InitialTokens.Of(given.Tokenizer, given.Source, source.Ids);
        tokens.Check(ObjectiveCheck.KindOf(recipe), Spec.HasSource, Source);
        return this with { Tokens = tokens };
    }

    /// <summary>The model's own tokenizer gives the ids that its weights know; a tokenizer of the recipe must at least not give others.</summary>
    /// <exception cref="InvalidDataException">Ids beyond the model's vocabulary.</exception>
    public void CheckVocabulary(Tokenizer tokenizer)
    {
        if (tokenizer.VocabularySize > Spec.VocabularySize)
            throw new InvalidDataException($"the tokenizer has {tokenizer.VocabularySize} entries, but training.init-from {Source} knows {Spec.VocabularySize}; "
                + "give a model with its own tokenizer beside it, or a smaller tokenizer.vocabulary");
    }

    /// <summary>Sets the weights to the model's.</summary>
    /// <exception cref="CheckpointException">The model is damaged, or a weight is no finite number.</exception>
    public void Load(TrainableModel model, CancellationToken cancellation)
    {
        using InitialSource source = InitialSource.Open(Source);
        ModelSpec found = HasNewHead ? source.Spec with { Head = Spec.Head } : source.Spec;
        if (JsonDifference.Find(SpecJson.Write(Spec), SpecJson.Write(found)) is { } changed)
            throw new CheckpointException(Source, $"has changed since the run was started ({changed.Path} was {changed.Left}, is {changed.Right}); start the run anew");
        source.Load(model, HasNewHead, cancellation);
    }

    /// <summary>The plan of a recipe that has been filled in, with its adapter.</summary>
    /// <exception cref="InvalidDataException">The adapter does not suit the model.</exception>
    public static TrainingPlan PlanOf(Recipe recipe, InitialModel? initial) =>
        Derivation.ToPlan(recipe) with { Adapter = initial is null ? null : recipe.Training.Adapter?.ToOptions(recipe.Training.Precision, initial) };

    /// <summary>What was taken, and what was not.</summary>
    public string Describe() => $"weights of {Source}{(!HasNewHead ? "" : Spec.Head is HeadSpec.SequenceClassification ? "; the head of the labels begins anew" : "; its head does not guess masked tokens, so that one begins anew")}";

    /// <summary>Keeps it in the run's folder: a run goes on, and is exported, after its initial model has moved.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="withFiles">The tokenizer is the model's own, and so are the files that stand beside it.</param>
    public void Keep(RunFolder folder, bool withFiles)
    {
        if (withFiles)
        {
            using InitialSource source = InitialSource.Open(Source);
            source.CopyFiles(Directory.CreateDirectory(folder.InitialFolder).FullName);
        }
        AtomicFile.WriteText(folder.InitialModelFile, new JsonObject
        {
            [SourceKey] = Source,
            [ModelType] = Architecture.ModelType,
            [EndOfText] = EndOfTextId,
            [NewHeadKey] = HasNewHead,
            [TokensKey] = JsonSerializer.SerializeToNode(Tokens),
            [SpecKey] = SpecJson.Write(Spec),
        }.ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    /// <summary>Reads what <see cref="Keep"/> wrote; null where the run began from nothing.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static InitialModel? TryRead(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
            JsonElement root = json.RootElement;
            JsonElement end = root.GetProperty(EndOfText);
            return new(root.GetProperty(SourceKey).GetString()!, SpecJson.Read(root.GetProperty(SpecKey)),
                ArchitectureCatalogue.ForModelType(root.GetProperty(ModelType).GetString()!), end.ValueKind == JsonValueKind.Null ? null : end.GetInt32())
            {
                // Runs from before there were these began with decoders, which have neither.
                HasNewHead = root.TryGetProperty(NewHeadKey, out JsonElement head) && head.GetBoolean(),
                Tokens = root.TryGetProperty(TokensKey, out JsonElement tokens) ? tokens.Deserialize<InitialTokens>() : null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: is damaged ({e.Message}); start the run anew", e);
        }
    }

    /// <summary>The objective: that of the recipe, else that which suits the model, its text and its family.</summary>
    private static ObjectiveKind KindOf(Recipe recipe, ModelSpec spec, string family)
    {
        if (recipe.Training.Objective.Kind is { } given)
            return given;
        if (recipe.Task is { } task)
            return task.Objective;
        if (spec.Decoder is null)
            return ObjectiveKind.Masked;
        if (!spec.HasSource)
            return ObjectiveKind.Causal;
        return !recipe.Text.HasPairs && ModelFamily.Find(family) is { Start: not null } known ? known.Objectives[0] : ObjectiveKind.Pairs;
    }

    /// <summary>The model that is trained: as it is, or an encoder alone with a head that guesses masked tokens.</summary>
    private static (ModelSpec Spec, bool NewHead) ToTrain(InitialSource source, ObjectiveKind kind)
    {
        ModelSpec spec = source.Spec;
        if (spec.Decoder is not null ? spec.Generates : kind != ObjectiveKind.Masked || spec.Head is HeadSpec.MaskedLanguageModel)
            return (spec, false);
        if (spec.Decoder is null && source.Architecture.MaskedHead(spec) is { } head)
            return (spec with { Head = head }, true);
        throw new InvalidDataException($"training.init-from {source.Path} holds a model of family '{source.Architecture.ModelType}' with a head {spec.Head.GetType().Name}, which predicts no tokens; "
            + "give a decoder or an encoder-decoder with a language model's head, or an encoder of a family that guesses masked tokens");
    }

    /// <summary>The model with a head for labels: its own, where those are the same, or a new one.</summary>
    private static (ModelSpec Spec, bool NewHead) ToLabel(InitialSource source, TaskRecipe task)
    {
        HeadSpec head = source.Architecture.ClassifierHead(source.Spec, task.Outputs) ?? throw new InvalidDataException(
            $"training.init-from {source.Path} holds a model of family '{source.Architecture.ModelType}', which labels no sequences here; give an encoder or a decoder alone");
        return (source.Spec with { Head = head }, source.Spec.Head != head || !source.Labels.SequenceEqual(task.Labels));
    }

    private static void CheckEqual(ModelSpec asked, ModelSpec found, string path)
    {
        if (JsonDifference.Find(SpecJson.Write(asked), SpecJson.Write(found)) is { } difference)
            throw new InvalidDataException($"the recipe's model is not that of training.init-from {path}: {difference.Path} is {difference.Left} in the recipe, "
                + $"{difference.Right} in the model; leave out layers, width, heads, key-value-heads and inner to take the model as it is");
    }
}
