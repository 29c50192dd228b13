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
/// <param name="Spec">What it computes.</param>
/// <param name="Architecture">Its family, in which the trained model is exported.</param>
/// <param name="EndOfTextId">The id between two documents; null where the model names none.</param>
internal sealed record InitialModel(string Source, ModelSpec Spec, Architecture Architecture, int? EndOfTextId)
{
    private const string ModelType = "model_type";
    private const string SpecKey = "spec";
    private const string EndOfText = "end_of_text_id";
    private const string SourceKey = "source";

    /// <summary>Reads what the model is, and compares it with the recipe where that gives a shape of its own.</summary>
    /// <exception cref="InvalidDataException">Another shape, too short a context, or a model that cannot be trained or exported; the message names the value.</exception>
    /// <exception cref="CheckpointException">The model is damaged.</exception>
    public static InitialModel Open(Recipe recipe)
    {
        string path = recipe.Training.InitFrom!;
        using Checkpoint checkpoint = Checkpoint.Open(path);
        ModelSpec spec = checkpoint.Spec;
        if (GivesShape(recipe.Model))
            CheckEqual(Derivation.ToSpec(Derivation.Resolve(recipe).Recipe.Model, spec.VocabularySize), spec, path);
        if (!spec.Generates || spec.HasSource)
            throw new InvalidDataException($"training.init-from {path} holds a model of family '{checkpoint.Architecture.ModelType}', which does not continue texts; give a decoder with a language model's head");
        if (recipe.Model.Context > spec.ContextLength)
            throw new InvalidDataException($"model.context is {recipe.Model.Context}, but training.init-from {path} reads at most {spec.ContextLength} tokens; give a smaller model.context");
        return new(path, spec, checkpoint.Architecture, checkpoint.EndOfTextIds is [var id, ..] ? id : null);
    }

    /// <summary>A recipe that gives any size of the model describes all of it; one that gives none takes it as it is.</summary>
    public static bool GivesShape(ModelRecipe model) => (model.Layers ?? model.Width ?? model.Heads ?? model.KeyValueHeads ?? model.Inner) is not null;

    /// <summary>The model's own tokenizer; null where it has none.</summary>
    public static Tokenizer? LoadTokenizer(string path)
    {
        bool has = Directory.Exists(path) ? Tokenizer.FindFile(path) is not null : HasTokenizer(path);
        return has ? Tokenizer.Load(path) : null;
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
        using Checkpoint checkpoint = Checkpoint.Open(Source);
        if (JsonDifference.Find(SpecJson.Write(Spec), SpecJson.Write(checkpoint.Spec)) is { } changed)
            throw new CheckpointException(Source, $"has changed since the run was started ({changed.Path} was {changed.Left}, is {changed.Right}); start the run anew");
        checkpoint.CheckWeights(cancellation);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(Spec))
        {
            float[] values = new float[parameter.Count];
            checkpoint.Read(parameter, values);
            model.Write(parameter, values);
        }
    }

    /// <summary>Keeps it in the run's folder: a run goes on after its initial model has moved.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, new JsonObject
    {
        [SourceKey] = Source,
        [ModelType] = Architecture.ModelType,
        [EndOfText] = EndOfTextId,
        [SpecKey] = SpecJson.Write(Spec),
    }.ToJsonString(new() { WriteIndented = true }) + "\n");

    /// <summary>Reads what <see cref="Write"/> wrote; null where the run began from nothing.</summary>
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
                ArchitectureCatalogue.ForModelType(root.GetProperty(ModelType).GetString()!), end.ValueKind == JsonValueKind.Null ? null : end.GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: is damaged ({e.Message}); start the run anew", e);
        }
    }

    private static bool HasTokenizer(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return checkpoint.HasTokenizer;
    }

    private static void CheckEqual(ModelSpec asked, ModelSpec found, string path)
    {
        if (JsonDifference.Find(SpecJson.Write(asked), SpecJson.Write(found)) is { } difference)
            throw new InvalidDataException($"the recipe's model is not that of training.init-from {path}: {difference.Path} is {difference.Left} in the recipe, "
                + $"{difference.Right} in the model; leave out layers, width, heads, key-value-heads and inner to take the model as it is");
    }
}
