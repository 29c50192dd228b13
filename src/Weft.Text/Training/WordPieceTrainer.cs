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
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        Dictionary<string, long> words = BertWordCounts.Count(documents, options, progress, cancellationToken);
        if (words.Count == 0)
            throw new InvalidDataException("the corpus: field 'documents' holds no word; give at least one document with text");
        var alphabet = new MarkedAlphabet(words, options.AlphabetLimit, Prefix);
        var tokens = new TokenTable(options.SpecialTokens, alphabet.Tokens);
        var learner = new MergeLearner([.. words.OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => (alphabet.Split(word.Key).Select(symbol => tokens.Ids[symbol]).ToArray(), word.Value))]);
        MergeOrder.Learn(learner, tokens, new(options.VocabularySize, options.MinimumFrequency, Prefix), progress, cancellationToken);
        return new Tokenizer(VocabularyTextReader.Define(new WordPieceDefinition(tokens.Ids, "[UNK]") { Prefix = Prefix },
            new BertOptions(options.Lowercase), options.SpecialTokens), "the trained tokenizer");
    }
}
