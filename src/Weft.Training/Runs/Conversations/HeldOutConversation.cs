namespace Weft.Training.Runs;

/// <summary>A held-out conversation up to its first answer, as a model is asked, and that answer.</summary>
/// <param name="Prompt">[T], with what an answer begins with.</param>
/// <param name="Answer">Its tokens in the data, with the one that ends the turn.</param>
public sealed record HeldOutConversation(int[] Prompt, int[] Answer)
{
    /// <summary>Some of them, from all over the test data, or the validation data where there is no test data.</summary>
    /// <param name="recipe">A run's recipe, with conversations.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="count">At most so many.</param>
    public static IReadOnlyList<HeldOutConversation> Of(Recipe recipe, RunFolder folder, int count)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        using HeldOutData data = HeldOutData.Open(recipe, folder);
        var examples = new AnswerExamples(data.Final, recipe.Model.Context);
        long rows = Math.Min(count, examples.Count);
        return [.. Enumerable.Range(0, (int)rows).Select(i => Of(examples, i * examples.Count / rows))];
    }

    internal static HeldOutConversation Of(AnswerExamples examples, long index)
    {
        (long[] ids, IReadOnlyList<Range> answers) = examples.Read(index);
        return new(Narrow(ids[..answers[0].Start]), Narrow(ids[answers[0]]));
    }

    private static int[] Narrow(long[] ids) => [.. ids.Select(id => (int)id)];
}
