using System.Security.Cryptography;

using Weft.Data;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>From a recipe's text, or its shards, to data that can be trained on.</summary>
internal static class CorpusStage
{
    /// <summary>Ends a document for models that mark nothing else.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Makes tokenizer and shards of a run from its text, or checks the shards that the recipe names.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="folder">Receives tokenizer.json, and the shards of text.</param>
    /// <param name="from">
    /// A tokenizer to use; null: one is trained. It is loaded before, so that a wrong path does not show after an hour of reading text. And the special tokens of a
    /// model to begin with; null: those of the family.
    /// </param>
    /// <param name="stage">Announces each stage.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    public static (Tokenizer Tokenizer, CorpusStatistics Statistics) Prepare(
        Recipe recipe, RunFolder folder, (GivenTokenizer? Tokenizer, InitialTokens? Special) from, Action<string, string?> stage, (IRunObserver Observer, CancellationToken Token) context)
    {
        (GivenTokenizer? given, InitialTokens? special) = from;
        if (recipe.Data.Count > 0)
            return PrepareShards(recipe, folder, given!, (stage, context.Observer));
        stage("Text", "read, drop duplicates, split");
        (Corpus corpus, Corpus? sources) = ReadAll(recipe.Text, context.Observer, context.Token);
        stage("Tokenizer", Describe(recipe, given));
        Tokenizer tokenizer = given?.Tokenizer ?? TrainTokenizer(recipe, sources is null ? [corpus] : [sources, corpus], context.Observer, context.Token);
        tokenizer.Save(folder.TokenizerFile);
        stage("Shards", "pack token ids");
        var tokens = new ObjectiveTokens(recipe, tokenizer, given is null ? EndOfTextId(tokenizer) : given.EndOfTextId, special);
        if (sources is not null)
            WriteShards(recipe, sources, (tokens, tokenizer, tokens.Begin), folder, folder.SourceFolder, context);
        WriteShards(recipe, corpus, (tokens, given?.Target ?? tokenizer, tokens.TargetBegin), folder, folder.Path, context);
        return (tokenizer, corpus.Statistics);
    }

    /// <summary>Where a run's tokenizer comes from.</summary>
    public static string Describe(Recipe recipe, GivenTokenizer? given) => given?.Source
        ?? recipe.Tokenizer.Kind switch
        {
            TokenizerKind.ByteBpe => $"byte-level BPE, {recipe.Tokenizer.Vocabulary:N0} entries",
            TokenizerKind.Wordpiece => $"WordPiece in small letters, at most {recipe.Tokenizer.Vocabulary:N0} entries",
            _ => "characters",
        };

    /// <summary>
    /// What shards remember of the tokenizer: SHA-256 of the tokenizer.json as a run saves it, in hexadecimal. Saving what was loaded
    /// gives the same bytes, so a tokenizer keeps its hash from run to run.
    /// </summary>
    public static string TokenizerHash(RunFolder folder) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder.TokenizerFile)));

    private static (Tokenizer, CorpusStatistics) PrepareShards(
        Recipe recipe, RunFolder folder, GivenTokenizer given, (Action<string, string?> Stage, IRunObserver Observer) context)
    {
        context.Stage("Data", $"{recipe.Data.Count} source{(recipe.Data.Count == 1 ? "" : "s")}");
        List<ShardSet> sources = [];
        try
        {
            foreach (MixtureSource source in recipe.Data)
                sources.Add(ShardSet.Open(source.Shard));
            using HeldOutData heldOut = HeldOutData.Open(recipe, folder);
            context.Stage("Tokenizer", given.Source);
            given.Tokenizer.Save(folder.TokenizerFile);
            context.Stage("Shards", "compare with the tokenizer");
            string hash = TokenizerHash(folder);
            foreach (ShardSet set in sources.Concat(heldOut.Sets))
                MixtureCheck.CheckTokenizer(set, hash, given.Tokenizer.VocabularySize);
            double weights = recipe.Data.Sum(source => source.Weight);
            foreach ((MixtureSource source, ShardSet set) in recipe.Data.Zip(sources))
                context.Observer.Info($"{source.Weight / weights:P1} {source.Shard}: {set.Shards.Count} shard{(set.Shards.Count == 1 ? "" : "s")}, {set.TokenCount:N0} tokens");
            return (given.Tokenizer, new(sources.Sum(set => set.DocumentCount), 0, Size([.. sources]), Size(heldOut.Validation), heldOut.HasTest ? Size(heldOut.Final) : Size()));
        }
        finally
        {
            sources.ForEach(source => source.Dispose());
        }
    }

    /// <summary>Shards do not say how many characters their text had.</summary>
    private static SplitStatistics Size(params IReadOnlyList<ITokenSequence> sets) => new(sets.Sum(set => set.DocumentCount), 0, sets.Sum(set => set.ByteCount));

    /// <summary>The text; of pairs, the targets and then the sources.</summary>
    private static (Corpus Text, Corpus? Sources) ReadAll(TextRecipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        if (!recipe.HasPairs)
            return (Read(recipe, observer, cancellation), null);
        (Corpus sources, Corpus targets) = PairText.Read(recipe, observer, cancellation);
        return (targets, sources);
    }

    private static Corpus Read(TextRecipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        if (recipe.Columns is not null)
            return Described(ColumnText.Read(recipe, observer, cancellation), observer);
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
        return Described(corpus, observer);
    }

    private static Corpus Described(Corpus corpus, IRunObserver observer)
    {
        CorpusStatistics s = corpus.Statistics;
        observer.Info($"{s.Documents:N0} documents, {s.Duplicates:N0} exact duplicates dropped; "
            + $"{s.Train.Bytes / 1e6:F1} MB to train, {s.Validation.Bytes / 1e6:F2} MB validation, {s.Test.Bytes / 1e6:F2} MB test");
        return corpus;
    }

    /// <summary>Trains the tokenizer of a recipe on its training texts.</summary>
    public static Tokenizer TrainTokenizer(Recipe recipe, IReadOnlyList<Corpus> corpora, IRunObserver observer, CancellationToken cancellation)
    {
        IEnumerable<string> texts = corpora.SelectMany(corpus => corpus.Train).Select(document => document.Text);
        ModelFamily? family = ModelFamily.Find(recipe.Model.Architecture) is { Surrounds: true } own ? own : null;
        IReadOnlyList<string>? special = family?.SpecialTokens(ObjectiveCheck.KindOf(recipe));
        var progress = new SynchronousProgress<TokenizerTrainingProgress>(p => observer.Progress(p.Stage, p.Done, p.Total));
        Tokenizer tokenizer;
        switch (recipe.Tokenizer.Kind)
        {
            case TokenizerKind.Characters:
                // Held-out text may hold a character that training text lacks; nanoGPT counts all of it, too.
                tokenizer = CharacterTokenizerTrainer.Train(
                    texts.Concat(corpora.SelectMany(corpus => corpus.Validation.Concat(corpus.Test)).Select(document => document.Text)), special, cancellation);
                break;
            case TokenizerKind.ByteBpe:
                var options = new BpeTrainerOptions { VocabularySize = recipe.Tokenizer.Vocabulary, SpecialTokens = special ?? [EndOfText, .. RunChatTemplate.SpecialTokensOf(recipe)] };
                tokenizer = ByteLevelBpeTrainer.Train(texts, options, progress, cancellation);
                break;
            case TokenizerKind.Wordpiece:
                // It puts its special tokens around texts itself.
                return WordPieceTrainer.Train(texts, new() { VocabularySize = recipe.Tokenizer.Vocabulary }, progress, cancellation);
            default:
                throw new NotSupportedException($"tokenizer kind {recipe.Tokenizer.Kind} cannot be trained");
        }
        return family is null ? tokenizer : tokenizer.Surrounding(family.Begin, family.End);
    }

    /// <param name="recipe">The recipe.</param>
    /// <param name="corpus">What is written.</param>
    /// <param name="frame">The special tokens, the tokenizer of these documents, and what stands before each document of pairs.</param>
    /// <param name="folder">The run's files.</param>
    /// <param name="path">Receives the shards.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    private static void WriteShards(
        Recipe recipe, Corpus corpus, (ObjectiveTokens Tokens, Tokenizer Tokenizer, int? Begin) frame, RunFolder folder, string path, (IRunObserver Observer, CancellationToken Token) context)
    {
        // Pairs are kept with all that frames them; of other texts pieces are cut, and the objective frames those.
        bool pairs = recipe.Text.HasPairs;
        int[] begin = pairs && frame.Begin is { } id ? [id] : [];
        ObjectiveTokens tokens = frame.Tokens;
        var options = new ShardOptions
        {
            Encode = document => [.. begin, .. frame.Tokenizer.EncodeToIds(document, addSpecialTokens: false)],
            VocabularySize = tokens.Tokenizer.VocabularySize,
            EndOfTextId = pairs || tokens.MarksEnds ? tokens.End : null,
            TokenizerHash = TokenizerHash(folder),
            DegreeOfParallelism = recipe.Threads!.Value,
        };
        var progress = new SynchronousProgress<ShardProgress>(p =>
            context.Observer.Progress($"{p.Split.ToString().ToLowerInvariant()} documents", p.Documents, p.TotalDocuments));
        ShardBuilder.Write(corpus, path, options, progress, context.Token);
    }

    /// <summary>The id that ends a document; null for tokenizers without one.</summary>
    public static int? EndOfTextId(Tokenizer tokenizer) => tokenizer.TokenToId(EndOfText);

    /// <summary>Reports on the calling thread; <see cref="Progress{T}"/> would report out of order from the pool.</summary>
    private sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
