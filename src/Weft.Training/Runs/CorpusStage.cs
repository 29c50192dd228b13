using Weft.Data;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>From a recipe's text to token shards.</summary>
internal static class CorpusStage
{
    private const string EndOfText = "<|endoftext|>";

    public static Corpus Read(TextRecipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        bool documentation = recipe.Paths.Count == 0;
        IReadOnlyList<string> files = documentation ? ApiDocumentation.FindFiles() : TextFiles.Expand(recipe.Paths);
        observer.Info(documentation
            ? $"API documentation of the .NET SDK: {files.Count} files"
            : $"{files.Count} file{(files.Count == 1 ? "" : "s")}: {string.Join(", ", files.Take(3))}{(files.Count > 3 ? ", …" : "")}");
        Corpus corpus = recipe.Split == SplitKind.Tail
            ? TailSplit.Of(TextFiles.ReadWhole(files, cancellation), recipe.Validation, recipe.Test)
            : CorpusBuilder.Build(
                documentation ? ApiDocumentation.Read(files, cancellation) : TextFiles.Read(files, cancellation),
                new() { ValidationFraction = recipe.Validation, TestFraction = recipe.Test }, cancellation);
        CorpusStatistics s = corpus.Statistics;
        observer.Info($"{s.Documents:N0} documents, {s.Duplicates:N0} exact duplicates dropped; "
            + $"{s.Train.Bytes / 1e6:F1} MB to train, {s.Validation.Bytes / 1e6:F2} MB validation, {s.Test.Bytes / 1e6:F2} MB test");
        return corpus;
    }

    public static Tokenizer TrainTokenizer(Recipe recipe, Corpus corpus, IRunObserver observer, CancellationToken cancellation)
    {
        IEnumerable<string> texts = corpus.Train.Select(document => document.Text);
        switch (recipe.Tokenizer.Kind)
        {
            case TokenizerKind.Characters:
                // Held-out text may hold a character that training text lacks; nanoGPT counts all of it, too.
                return CharacterTokenizerTrainer.Train(
                    texts.Concat(corpus.Validation.Concat(corpus.Test).Select(document => document.Text)), cancellationToken: cancellation);
            case TokenizerKind.ByteBpe:
                var options = new BpeTrainerOptions { VocabularySize = recipe.Tokenizer.Vocabulary, SpecialTokens = [EndOfText] };
                var progress = new SynchronousProgress<TokenizerTrainingProgress>(p => observer.Progress(p.Stage, p.Done, p.Total));
                return ByteLevelBpeTrainer.Train(texts, options, progress, cancellation);
            default:
                throw new NotSupportedException($"tokenizer kind {recipe.Tokenizer.Kind} cannot be trained");
        }
    }

    public static void WriteShards(Recipe recipe, Corpus corpus, (Tokenizer Tokenizer, int? EndOfText) text, RunFolder folder, (IRunObserver Observer, CancellationToken Token) context)
    {
        var options = new ShardOptions
        {
            Encode = document => text.Tokenizer.EncodeToIds(document, addSpecialTokens: false),
            VocabularySize = text.Tokenizer.VocabularySize,
            EndOfTextId = text.EndOfText,
            DegreeOfParallelism = recipe.Threads!.Value,
        };
        var progress = new SynchronousProgress<ShardProgress>(p =>
            context.Observer.Progress($"{p.Split.ToString().ToLowerInvariant()} documents", p.Documents, p.TotalDocuments));
        ShardBuilder.Write(corpus, folder.Path, options, progress, context.Token);
    }

    /// <summary>The id that ends a document; null for tokenizers without one.</summary>
    public static int? EndOfTextId(Tokenizer tokenizer) => tokenizer.TokenToId(EndOfText);

    /// <summary>Reports on the calling thread; <see cref="Progress{T}"/> would report out of order from the pool.</summary>
    private sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
