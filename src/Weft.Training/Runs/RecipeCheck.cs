namespace Weft.Training.Runs;

/// <summary>Refuses impossible recipes by key, value and remedy before any work is done. Ranges of single numbers stand in <see cref="RecipeRange"/>.</summary>
internal static class RecipeCheck
{
    /// <param name="recipe">The recipe.</param>
    /// <param name="resumes">A state of the run is saved.</param>
    public static void Check(Recipe recipe, bool resumes = false)
    {
        Require(recipe.Name.Length > 0 && recipe.Name == Path.GetFileName(recipe.Name), "name", recipe.Name, "give a plain folder name");
        RecipeRange.Check(recipe);
        recipe.Text.Columns?.Check(recipe);
        ObjectiveCheck.Check(recipe);
        Require(recipe.Text.Paths.Count > 0 || recipe.Text.Split == SplitKind.Hash || recipe.Data.Count > 0,
            "text.split", recipe.Text.Split, "the default corpus is split by hash");
        Require(recipe.Training.Steps is not null || recipe.Training.Minutes is not null, "training.steps", null, "give training.steps or training.minutes");
        TrainingRecipe training = recipe.Training;
        training.Optimizer.Check(training);
        training.Schedule.Check(training);
        training.Average?.Check();
        training.Adapter?.Check(training);
        training.Objective.CheckTeacher(recipe);
        DeviceRecipe.Check(training);
        CheckpointRecipe.Check(training, resumes);
        MixtureCheck.Check(recipe);
    }

    internal static void Require(bool valid, string key, object? value, string remedy)
    {
        if (!valid)
            throw new InvalidDataException(FormattableString.Invariant($"{key} is {value ?? "missing"}; {remedy}"));
    }
}
