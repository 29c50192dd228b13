using System.Globalization;

using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <content>Finished models whose predictions are learnt beside the targets.</content>
public sealed partial record ObjectiveRecipe
{
    /// <summary>A model with the run's own tokenizer, and of a task with the same labels, whose predictions are learnt too: a Hugging Face folder, a GGUF file, or a run or a checkpoint of Weft's (causal, classification).</summary>
    public string? Teacher { get; init; }

    /// <summary>In place of one teacher several, of whose probabilities the mean is learnt (causal, classification).</summary>
    public IReadOnlyList<string>? Teachers { get; init; }

    /// <summary>Logits of teacher and student are divided by it; 2 where left out.</summary>
    public double? Temperature { get; init; }

    /// <summary>Share of the teacher in the loss; 0.5 where left out.</summary>
    public double? TeacherShare { get; init; }

    /// <exception cref="InvalidDataException">It contradicts the objective; the message names key, value and remedy.</exception>
    internal void CheckTeacher(Recipe recipe)
    {
        const string section = "training.objective";
        IReadOnlyList<string> teachers = TeacherPaths();
        RecipeCheck.Require(Teacher is null || Teachers is null, $"{section}.teachers", "given", "there is a teacher already; add it to teachers, or leave it out");
        RecipeCheck.Require(Teachers is not { Count: 0 }, $"{section}.teachers", "empty", "name one or more, or leave it out");
        RecipeCheck.Require(teachers.Count > 0 || Temperature is null, $"{section}.temperature", Temperature, "there is no teacher; give one, or leave it out");
        RecipeCheck.Require(teachers.Count > 0 || TeacherShare is null, $"{section}.teacher-share", TeacherShare, "there is no teacher; give one, or leave it out");
        if (teachers.Count == 0)
            return;
        string key = Teacher is null ? $"{section}.teachers" : $"{section}.teacher";
        foreach (string path in teachers)
            RecipeCheck.Require(File.Exists(path) || Directory.Exists(path), key, path, "there is no such folder or file; give a Hugging Face folder, a GGUF file, or a run or a checkpoint of Weft's");
        ObjectiveKind kind = ObjectiveCheck.KindOf(recipe);
        RecipeCheck.Require(kind is ObjectiveKind.Causal || (kind is ObjectiveKind.Classification && recipe.Task!.Says == LabelKind.One), key, teachers[0],
            $"it teaches objective causal, and tasks with one label a row, not {NameOf(kind)}{(kind == ObjectiveKind.Classification ? " of this kind" : "")}; leave it out");
        if (kind != ObjectiveKind.Causal)
            return;
        (string Key, double Value)[] added = [("label-smoothing", LabelSmoothing), ("z-loss", ZLoss), ("load-balance", LoadBalance), ("router-z-loss", RouterZLoss), ("further-tokens", FurtherTokens)];
        foreach ((string name, double value) in added)
            RecipeCheck.Require(value == 0, $"{section}.{name}", value, "beside a teacher there is none; leave it out");
    }

    /// <summary>Where the teachers are; empty where there is none.</summary>
    internal IReadOnlyList<string> TeacherPaths() => Teachers ?? (Teacher is null ? [] : [Teacher]);

    /// <summary>Fills in what a teacher needs.</summary>
    private ObjectiveRecipe ResolveTeacher(List<DerivedSetting> log)
    {
        if (TeacherPaths().Count == 0)
            return this;
        return this with
        {
            Temperature = Or(Temperature, Objectives.Teacher.UsualTemperature, "temperature", "usual"),
            TeacherShare = Or(TeacherShare, Objectives.Teacher.UsualShare, "teacher-share", "as much as the targets"),
        };

        double Or(double? given, double usual, string key, string reason)
        {
            if (given is null)
                log.Add(new($"training.objective.{key}", usual.ToString(CultureInfo.InvariantCulture), reason));
            return given ?? usual;
        }
    }
}
