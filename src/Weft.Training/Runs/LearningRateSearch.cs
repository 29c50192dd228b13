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
        (recipe, ITaskRows? rows) = TaskRows.Begin(recipe, observer, cancellation);
        (recipe, InitialModel? initial) = InitialModel.Begin(recipe);
        RecipeCheck.Check(recipe);
        DeviceRecipe.RequireThere(recipe);
        Recipe resolved = InitialModel.Resolve(recipe, initial).Recipe;
        GivenTokenizer? given = GivenTokenizer.Of(resolved, initial);
        initial = initial?.With(resolved, given);
        (Tokenizer tokenizer, _) = rows is not null
            ? LabelStage.Prepare(resolved, rows, folder, (given, LabelStage.SegmentsOf(resolved, initial)), observer.Stage, (observer, cancellation))
            : resolved.Task is not null ? PreferenceStage.Prepare(resolved, folder, (given, initial!), observer.Stage, (observer, cancellation))
            : CorpusStage.Prepare(resolved, folder, (given, initial?.Tokens), observer.Stage, (observer, cancellation));
        initial?.CheckVocabulary(tokenizer);
        observer.Stage("Range test", "rising rates on throw-away weights");
        TrainingPlan plan = InitialModel.PlanOf(resolved, initial);
        ModelSpec spec = initial?.Spec ?? Derivation.ToSpec(resolved, tokenizer.VocabularySize);
        using RunTeacher? teacher = RunTeacher.Load(resolved, spec, folder, cancellation);
        plan = plan with { Teacher = teacher?.Teacher };
        using TrainingData data = TrainingData.Open(resolved, folder, plan, ObjectiveTokens.Of(resolved, tokenizer, initial), spec.VocabularySize);
        var finder = new LearningRateFinder(spec, plan, data.Batches) { Seed = resolved.Seed, Begin = initial is null ? null : Begin };
        void Begin(Modules.TrainableModel model)
        {
            initial!.Load(model, cancellation);
            if (plan.Preference is { Method: Objectives.PreferenceMethod.Dpo })
                PreferenceStage.WriteReferences(folder, model, plan, (observer, cancellation));
        }
        int done = 0;
        return finder.Run(_ => observer.Progress("rates", ++done, finder.Steps), cancellation);
    }
}
