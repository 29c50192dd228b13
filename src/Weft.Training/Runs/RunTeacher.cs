using System.Security.Cryptography;

using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>The teachers of a run: loaded, checked against the student, and frozen.</summary>
internal sealed class RunTeacher : IDisposable
{
    private RunTeacher(Teacher teacher) => Teacher = teacher;

    /// <summary>What the loss takes.</summary>
    public Teacher Teacher { get; }

    /// <summary>Loads it.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="student">What is trained.</param>
    /// <param name="folder">The run's, with its tokenizer.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null where the recipe has none.</returns>
    /// <exception cref="InvalidDataException">It does not suit the student; the message says why.</exception>
    /// <exception cref="Model.Checkpoints.CheckpointException">It is damaged.</exception>
    public static RunTeacher? Load(Recipe recipe, ModelSpec student, RunFolder folder, CancellationToken cancellation)
    {
        ObjectiveRecipe objective = recipe.Training.Objective;
        if (objective.TeacherPaths() is not { Count: > 0 } paths)
            return null;
        ComputeDevice device = DeviceRecipe.Of(recipe);
        List<TrainableModel> models = [];
        try
        {
            foreach (string path in paths)
            {
                using InitialSource source = InitialSource.Open(path);
                Check(recipe, student, source);
                CheckTokenizer(source, folder);
                models.Add(new(source.Spec, seed: 0, device: device.ToTorch(), adapter: Frozen(recipe.Training.Precision.Resolve(device.IsCuda))));
                source.Load(models[^1], newHead: false, cancellation);
            }
            return new(new([.. models]) { Temperature = objective.Temperature!.Value, Share = objective.TeacherShare!.Value });
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }
    }

    /// <summary>The specifications of a recipe's teachers.</summary>
    /// <exception cref="Model.Checkpoints.CheckpointException">One is damaged.</exception>
    public static IReadOnlyList<ModelSpec> SpecsOf(Recipe recipe)
    {
        return [.. recipe.Training.Objective.TeacherPaths().Select(SpecOf)];

        static ModelSpec SpecOf(string path)
        {
            using InitialSource source = InitialSource.Open(path);
            return source.Spec;
        }
    }

    /// <summary>How its weights are kept: as those beside adapters are, without any adapter, so that projections have the type that they are computed in.</summary>
    public static AdapterOptions Frozen(Precision precision) => new() { Rank = 1, Alpha = 1, Modules = new HashSet<string>(), BasePrecision = precision };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TrainableModel model in Teacher.Models)
            model.Dispose();
    }

    private static void Check(Recipe recipe, ModelSpec student, InitialSource source)
    {
        ModelSpec spec = source.Spec;
        if (recipe.Task is { } task)
        {
            Require(spec.Head is HeadSpec.SequenceClassification head && head.Labels == task.Outputs && source.Labels.SequenceEqual(task.Labels),
                $"does not have the labels {string.Join(", ", task.Labels)} in this order ({(source.Labels.Count == 0 ? "it has none" : $"it has {string.Join(", ", source.Labels)}")}); give its labels as task.labels");
            Require(task.Pair is null || (spec.Embedding.TokenTypes > 1) == (student.Embedding.TokenTypes > 1), "tells two texts apart in another way than the student; give a model of its family");
        }
        else
        {
            Require(spec is { Encoder: null, Decoder: not null, Head: HeadSpec.LanguageModel }, $"holds no decoder that predicts tokens ({spec.Head.GetType().Name}); give one that does");
            Require(spec.VocabularySize >= student.VocabularySize, FormattableString.Invariant($"knows {spec.VocabularySize} ids, but the student {student.VocabularySize}; give a student whose vocabulary is not larger"));
        }
        Require(spec.ContextLength >= recipe.Model.Context, FormattableString.Invariant($"reads at most {spec.ContextLength} tokens, but model.context is {recipe.Model.Context}; give a smaller model.context"));

        void Require(bool valid, string problem)
        {
            if (!valid)
                throw new InvalidDataException($"training.objective.teacher {source.Path} {problem}");
        }
    }

    /// <summary>Ids have to mean the same: saved, both tokenizers are the same bytes.</summary>
    private static void CheckTokenizer(InitialSource source, RunFolder folder)
    {
        string file = Path.GetTempFileName();
        try
        {
            if (source.LoadTokenizer() is not { } tokenizer)
                throw new InvalidDataException($"training.objective.teacher {source.Path} has no tokenizer, so that nobody knows whether its ids are the student's; give one that has");
            tokenizer.Save(file);
            if (Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) != CorpusStage.TokenizerHash(folder))
                throw new InvalidDataException($"training.objective.teacher {source.Path} has another tokenizer than this run, so that its ids mean other tokens; give that tokenizer as tokenizer.file");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
