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
        var ready = Preparation.Of(recipe, folder, observer.Stage, (observer, cancellation));
        observer.Stage("Range test", "rising rates on throw-away weights");
        using RunTeacher? teacher = RunTeacher.Load(ready.Recipe, ready.Spec, folder, cancellation);
        TrainingPlan plan = InitialModel.PlanOf(ready.Recipe, ready.Initial) with { Teacher = teacher?.Teacher };
        using TrainingData data = TrainingData.Open(ready.Recipe, folder, plan, ready.Tokens, ready.Spec.VocabularySize);
        var finder = new LearningRateFinder(ready.Spec, plan, data.Batches) { Seed = ready.Recipe.Seed, Begin = ready.Initial is null ? null : Begin };
        void Begin(Modules.TrainableModel model)
        {
            ready.Initial!.Load(model, cancellation);
            if (plan.Preference is { Method: Objectives.PreferenceMethod.Dpo })
                PreferenceStage.WriteReferences(folder, model, plan, (observer, cancellation));
        }
        int done = 0;
        return finder.Run(_ => observer.Progress("rates", ++done, finder.Steps), cancellation);
    }
}
