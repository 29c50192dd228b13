namespace Weft.Training.Runs;

/// <summary>Refuses impossible recipes by key, value and remedy before any work is done.</summary>
internal static class RecipeCheck
{
    public static void Check(Recipe recipe)
    {
        Require(recipe.Name.Length > 0 && recipe.Name == Path.GetFileName(recipe.Name), "name", recipe.Name, "give a plain folder name");
        Positive("threads", recipe.Threads);
        Fraction("text.validation", recipe.Text.Validation);
        Fraction("text.test", recipe.Text.Test);
        Require(recipe.Text.Validation > 0, "text.validation", recipe.Text.Validation, "training needs some validation text");
        Require(recipe.Text.Paths.Count > 0 || recipe.Text.Split == SplitKind.Hash, "text.split", recipe.Text.Split, "the default corpus is split by hash");
        Require(recipe.Tokenizer.Vocabulary is >= 257 and <= 1 << 20, "tokenizer.vocabulary", recipe.Tokenizer.Vocabulary, "give 257 (all bytes) to 1048576");
        CheckModel(recipe.Model);
        CheckTraining(recipe.Training);
        CheckpointRecipe.Check(recipe.Training);
    }

    private static void CheckModel(ModelRecipe model)
    {
        Positive("model.layers", model.Layers);
        Positive("model.width", model.Width);
        Positive("model.heads", model.Heads);
        Positive("model.key-value-heads", model.KeyValueHeads);
        Positive("model.inner", model.Inner);
        Require(model.Context >= 2, "model.context", model.Context, "give at least 2 tokens");
    }

    private static void CheckTraining(TrainingRecipe training)
    {
        Positive("training.steps", training.Steps);
        Positive("training.batch", training.Batch);
        Positive("training.windows-per-pass", training.WindowsPerPass);
        Positive("training.evaluate-every", training.EvaluateEvery);
        Positive("training.save-every", training.SaveEvery);
        Require(training.Warmup is null or >= 0, "training.warmup", training.Warmup, "give 0 or more steps");
        Require(training.Steps is not null || training.Minutes is not null, "training.steps", null, "give training.steps or training.minutes");
        Require(training.Minutes is null or (> 0 and < 1e6), "training.minutes", training.Minutes, "give a positive number of minutes");
        Require(training.LearningRate is null or (> 0 and <= 1), "training.learning-rate", training.LearningRate, "give a rate above 0 and at most 1");
        Require(training.FinalLearningRate is null or (>= 0 and <= 1), "training.final-learning-rate", training.FinalLearningRate, "give a rate from 0 to 1");
        training.Optimizer.Check(training);
        training.Schedule.Check(training);
        training.Average?.Check();
        Require(training.Precision != Precision.Float16, "training.precision", training.Precision, "runs compute on the processor, and fp16 needs a CUDA device; choose bfloat16 or float32");
        Require(training.WeightDecay is null or (>= 0 and <= 10), "training.weight-decay", training.WeightDecay, "give 0 or a little more");
        Require(training.Clip > 0, "training.clip", training.Clip, "give a positive norm");
    }

    private static void Positive(string key, int? value) => Require(value is null or > 0, key, value, "give at least 1");

    private static void Fraction(string key, double value) => Require(value is >= 0 and <= 0.5, key, value, "give a share from 0 to 0.5");

    internal static void Require(bool valid, string key, object? value, string remedy)
    {
        if (!valid)
            throw new InvalidDataException(FormattableString.Invariant($"{key} is {value ?? "missing"}; {remedy}"));
    }
}
