using Weft.Data;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>What a tokenizer is trained from, and how.</summary>
/// <param name="Files">Text files.</param>
/// <param name="SpecialTokens">Their names.</param>
/// <param name="Vocabulary">Tokens at the end; null for a kind that takes what the text has.</param>
internal sealed record TrainerJob(IReadOnlyList<string> Files, IReadOnlyList<string> SpecialTokens, int? Vocabulary)
{
    /// <summary>Threads that count.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Told how far it is.</summary>
    public IProgress<TokenizerTrainingProgress>? Progress { get; init; }

    /// <summary>Stops it.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Documents read so far.</summary>
    public long DocumentCount { get; private set; }

    /// <summary>UTF-16 units read so far.</summary>
    public long CharacterCount { get; private set; }

    /// <summary>The text in sections, read as they are asked for.</summary>
    public IEnumerable<string> Sections() => Count(TextFiles.Read(Files, Cancellation));

    /// <summary>The text file by file, to the character.</summary>
    public IEnumerable<string> WholeFiles() => Count(TextFiles.ReadWhole(Files, Cancellation));

    private IEnumerable<string> Count(IEnumerable<TextDocument> documents)
    {
        foreach (TextDocument document in documents)
        {
            DocumentCount++;
            CharacterCount += document.Text.Length;
            yield return document.Text;
        }
    }
}

/// <summary>A kind of tokenizer that can be trained.</summary>
/// <param name="Name">What <c>--kind</c> calls it.</param>
/// <param name="Description">For the help.</param>
/// <param name="HasSize">The vocabulary's size is the user's to choose.</param>
/// <param name="Train">Trains it.</param>
internal sealed record TrainerKind(string Name, string Description, bool HasSize, Func<TrainerJob, Tokenizer> Train)
{
    /// <summary>All kinds. Another one is one more line.</summary>
    public static readonly IReadOnlyList<TrainerKind> All =
    [
        new("byte-bpe", "merges of bytes, as GPT-2's: nothing is ever unknown", true, TrainByteBpe),
        new("char-bpe", "merges of characters, words ended by </w>, as subword-nmt's", true, TrainCharacterBpe),
        new("wordpiece", "whole words and ##parts, as BERT's; letters become small", true, TrainWordPiece),
        new("unigram", "the pieces of the likeliest segmentation, as SentencePiece's", true, TrainUnigram),
        new("characters", "every character of the text", false, job => CharacterTokenizerTrainer.Train(job.WholeFiles(), job.SpecialTokens, job.Cancellation)),
    ];

    private static Tokenizer TrainByteBpe(TrainerJob job) => ByteLevelBpeTrainer.Train(job.Sections(), new BpeTrainerOptions
    {
        VocabularySize = job.Vocabulary!.Value,
        SpecialTokens = job.SpecialTokens,
        MaximumParallelism = job.Threads,
    }, job.Progress, job.Cancellation);

    private static Tokenizer TrainCharacterBpe(TrainerJob job)
    {
        var options = new CharacterBpeTrainerOptions { VocabularySize = job.Vocabulary!.Value, MaximumParallelism = job.Threads };
        return CharacterBpeTrainer.Train(job.Sections(), options with { SpecialTokens = With(options.SpecialTokens, job) }, job.Progress, job.Cancellation);
    }

    private static Tokenizer TrainWordPiece(TrainerJob job)
    {
        var options = new WordPieceTrainerOptions { VocabularySize = job.Vocabulary!.Value, MaximumParallelism = job.Threads };
        return WordPieceTrainer.Train(job.Sections(), options with { SpecialTokens = With(options.SpecialTokens, job) }, job.Progress, job.Cancellation);
    }

    private static Tokenizer TrainUnigram(TrainerJob job)
    {
        var options = new UnigramTrainerOptions { VocabularySize = job.Vocabulary!.Value, MaximumParallelism = job.Threads };
        return UnigramTrainer.Train(job.Sections(), options with { SpecialTokens = With(options.SpecialTokens, job) }, job.Progress, job.Cancellation);
    }

    // The kind's own special tokens first: its templates and its unknown token name them.
    private static string[] With(IReadOnlyList<string> own, TrainerJob job) => [.. own, .. job.SpecialTokens.Except(own)];
}
