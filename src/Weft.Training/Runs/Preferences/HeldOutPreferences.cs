namespace Weft.Training.Runs;

/// <summary>Preferences that a run did not learn from.</summary>
public static class HeldOutPreferences
{
    /// <summary>The prompts of some, from all over the test data, or the validation data where there is no test data, with what an answer begins after.</summary>
    /// <param name="recipe">A run's recipe, with such a task.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="count">At most so many.</param>
    public static IReadOnlyList<int[]> Prompts(Recipe recipe, RunFolder folder, int count)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        using HeldOutData data = HeldOutData.Open(recipe, folder);
        var examples = new PreferenceExamples(data.Final, recipe.Model.Context);
        long prompts = Math.Min(count, examples.Count);
        return [.. Enumerable.Range(0, (int)prompts).Select(i => examples.Prompt(i * examples.Count / prompts))];
    }
}
