using System.Text;
using System.Text.Json;
using Weft.Text.Files;
using Weft.Text.Unigram;

namespace Weft.Text;

/// <summary>
/// Trains a unigram tokenizer (Kudo 2018, "Subword Regularization"), as SentencePiece's: from the most frequent strings within words
/// it takes away, round after round, those that the likelihood of the corpus needs least. Words begin with the mark U+2581
/// in place of a space. Every character of the corpus stays a piece.
/// </summary>
public static class UnigramTrainer
{
    private const char Mark = '\u2581';

    /// <summary>Learns a tokenizer from documents, which are read once; their distinct words are kept meanwhile.</summary>
    /// <param name="documents">Texts; a piece never crosses from one to the next, nor over a space or the end of a line.</param>
    /// <param name="options">Size and special tokens.</param>
    /// <param name="progress">Told how far reading ("count") and pruning ("prune": pieces left) are: one call at a time, from any thread.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <exception cref="InvalidDataException">The documents hold no text.</exception>
    /// <exception cref="ArgumentException">
    /// A special token is empty or listed twice, or the vocabulary cannot hold the characters of the corpus.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option has no meaning.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> documents, UnigramTrainerOptions options,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        (string Word, long Count)[] words = CountWords(documents, options, progress, cancellationToken);
        string[] reserved = [options.UnknownToken, .. options.SpecialTokens];
        int wanted = options.VocabularySize - reserved.Length;
        List<(string Text, double Weight)> seeds = UnigramSeeds.Find(words, options, cancellationToken);
        seeds.RemoveAll(seed => reserved.Contains(seed.Text, StringComparer.Ordinal));
        var learner = new UnigramLearner(words, seeds, options);
        if (learner.RequiredCount > wanted)
            throw new ArgumentException($"vocabulary size {options.VocabularySize} cannot hold the {learner.RequiredCount} characters of the corpus and "
                + $"{reserved.Length} special tokens; ask for at least {learner.RequiredCount + reserved.Length}", nameof(options));
        IReadOnlyList<ScoredPiece> learned = learner.Learn(wanted,
            count => progress?.Report(new TokenizerTrainingProgress("prune", count, options.VocabularySize)), cancellationToken);
        ScoredPiece[] pieces = [.. reserved.Select(name => new ScoredPiece(name, 0)), .. learned];
        var model = new UnigramModel(new UnigramDefinition(pieces, 0) { Unmatched = Enumerable.Range(0, reserved.Length).ToHashSet() });
        return new Tokenizer(new TokenizerDefinition(model, SpecialTokenNames.ToAddedTokens(reserved, 0))
        {
            PreTokenizer = JsonElement.Parse("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"""),
            Decoder = JsonElement.Parse("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}"""),
        }, "the trained tokenizer");
    }

    private static (string Word, long Count)[] CountWords(IEnumerable<string> documents, UnigramTrainerOptions options,
        IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        Dictionary<string, long> counts = WordCounts.Of(documents, AddWords, options.MaximumParallelism, progress, cancellationToken);
        return [.. counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value))];
    }

    private static void AddWords(ReadOnlySpan<char> document, WordCounts counts)
    {
        var marked = new StringBuilder();
        for (int at = 0, length; at < document.Length; at += length)
        {
            length = WordLength(document[at..]);
            ReadOnlySpan<char> word = document.Slice(at, length);
            bool begins = word[0] is ' ' or Mark;
            marked.Clear().Append(begins || at == 0 ? Mark : "").Append(begins ? word[1..] : word);
            counts.Add(marked.ToString());
        }
    }

    // Up to the next mark or space, or up to and with the ends of lines.
    private static int WordLength(ReadOnlySpan<char> text)
    {
        int length = 1;
        while (length < text.Length && text[length] is not (' ' or Mark) && !(text[length - 1] == '\n' && text[length] != '\n'))
            length++;
        return length;
    }
}
