using Weft.Data;
using Weft.Text;
using Weft.Training.Batches;

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
        Recipe resolved = Derivation.Resolve(recipe).Recipe;
        observer.Stage("Text", "read, drop duplicates, split");
        Corpus corpus = CorpusStage.Read(resolved.Text, observer, cancellation);
        observer.Stage("Tokenizer", null);
        Tokenizer tokenizer = CorpusStage.TrainTokenizer(resolved, corpus, observer, cancellation);
        observer.Stage("Shards", "pack token ids");
        CorpusStage.WriteShards(resolved, corpus, (tokenizer, CorpusStage.EndOfTextId(tokenizer)), folder, (observer, cancellation));
        observer.Stage("Range test", "rising rates on throw-away weights");
        TrainingPlan plan = Derivation.ToPlan(resolved);
        using TokenShard train = TokenShard.Open(folder.Shards.Train);
        if (train.TokenCount <= plan.ContextLength)
            throw new InvalidDataException($"the training text has {train.TokenCount} tokens, which is less than one window of {plan.ContextLength + 1}; give more text or a smaller model.context");
        var windows = new CausalWindows(new ShuffledWindowSampler(train, (ulong)resolved.Seed), plan.BatchSize, plan.ContextLength);
        var finder = new LearningRateFinder(Derivation.ToSpec(resolved.Model, tokenizer.VocabularySize), plan, windows) { Seed = resolved.Seed };
        int done = 0;
        return finder.Run(_ => observer.Progress("rates", ++done, finder.Steps), cancellation);
    }
}
