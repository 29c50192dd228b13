using Weft.Text.Bpe;
using Weft.Text.Files;
using Weft.Text.WordPiece;

namespace Weft.Text;

/// <summary>
/// Trains a BERT tokenizer. As Hugging Face's <c>WordPieceTrainer</c> it merges the most frequent pair of neighbours, like byte-pair
/// encoding, over characters of which those inside a word are marked by <c>##</c>; Google's own trainer, which merges by likelihood, was
/// never published. Ids: special tokens, characters by code point, marked characters by code point, merges. Text is cleaned and split as
/// BERT does it; names of special tokens inside documents are plain text.
/// </summary>
public static class WordPieceTrainer
{
    private const string Prefix = "##";

    /// <summary>Learns a tokenizer from documents, which are read once and not kept.</summary>
    /// <param name="documents">Texts; no token crosses a word.</param>
    /// <param name="options">Size and special tokens.</param>
    /// <param name="progress">Told how far reading and merging are: one call at a time, from any thread.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <exception cref="InvalidDataException">The documents hold no text.</exception>
    /// <exception cref="ArgumentException">A special token is empty, listed twice, missing, or a character of the corpus.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option has no meaning.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> documents, WordPieceTrainerOptions options,
        IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        Dictionary<string, long> words = BertWordCounts.Count(documents, options, progress, cancellationToken);
        var alphabet = new MarkedAlphabet(words, options.AlphabetLimit, Prefix);
        var tokens = new List<string>(options.SpecialTokens);
        tokens.AddRange(alphabet.Tokens);
        Dictionary<string, int> ids = Number(tokens);
        var learner = new MergeLearner([.. words.OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => (alphabet.Split(word.Key).Select(symbol => ids[symbol]).ToArray(), word.Value))]);
        Learn(learner, tokens, ids, options, progress, cancellationToken);
        return new Tokenizer(VocabularyTextReader.Define(new WordPieceDefinition(ids, "[UNK]") { Prefix = Prefix },
            new BertOptions(options.Lowercase), options.SpecialTokens), "the trained tokenizer");
    }

    private static Dictionary<string, int> Number(List<string> tokens)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in tokens)
            if (!ids.TryAdd(token, ids.Count))
                throw new ArgumentException($"special token '{token}' is a character of the corpus; give it a longer name");
        return ids;
    }

    private static void Learn(MergeLearner learner, List<string> tokens, Dictionary<string, int> ids, WordPieceTrainerOptions options,
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        int merges = 0;
        while (tokens.Count < options.VocabularySize && learner.TakeBest(options.MinimumFrequency) is (int left, int right))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string token = tokens[left] + tokens[right][Prefix.Length..];
            // Words of a text must never add up to a special token.
            if (ids.TryGetValue(token, out int known) && known < options.SpecialTokens.Count)
                continue;
            if (ids.TryAdd(token, tokens.Count))
                tokens.Add(token);
            learner.Apply(new BpeMerge(left, right, ids[token], ids.Count));
            if (++merges % 64 == 0)
                progress?.Report(new BpeTrainingProgress("merge", tokens.Count, options.VocabularySize));
        }
        progress?.Report(new BpeTrainingProgress("merge", tokens.Count, tokens.Count));
    }
}
