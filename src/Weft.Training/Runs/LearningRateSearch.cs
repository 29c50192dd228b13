using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>The range test of a recipe: its text, its model and its optimizer, with rising rates.</summary>
public static class LearningRateSearch
{
    /// <summary>Text, tokenizer, shards, range test.</summary>
    public const int Stages = 4;

    /// <summary>Reads the text, trains the tokenizer and runs the test.</summary>
    /// <param name="recipe">What would be trained.</param>
    /// <param name="folder">Receives tokenizer and shards.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The recipe or its text cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LearningRateRange Run(Recipe recipe, RunFolder folder, IRunObserver observer, CancellationToken cancellation)
    {
        RecipeCheck.Check(recipe);
        DeviceRecipe.RequireThere(recipe);
        Recipe resolved = Derivation.Resolve(recipe).Recipe;
        (Tokenizer tokenizer, _) = CorpusStage.Prepare(resolved, folder, GivenTokenizer.Of(resolved), observer.Stage, (observer, cancellation));
        observer.Stage("Range test", "rising rates on throw-away weights");
        TrainingPlan plan = Derivation.ToPlan(resolved);
        ModelSpec spec = Derivation.ToSpec(resolved.Model, tokenizer.VocabularySize);
        using TrainingData data = TrainingData.Open(resolved, folder, plan, new(resolved, tokenizer, CorpusStage.EndOfTextId(tokenizer)), spec.VocabularySize);
        var finder = new LearningRateFinder(spec, plan, data.Batches) { Seed = resolved.Seed };
        int done = 0;
        return finder.Run(_ => observer.Progress("rates", ++done, finder.Steps), cancellation);
    }
}
