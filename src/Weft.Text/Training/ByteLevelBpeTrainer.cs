using System.Text;
using Weft.Text.Bpe;
using Weft.Text.Files;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>
/// Trains a byte-level BPE tokenizer as GPT-2's: text is split by GPT-2's pattern, words are bytes, frequent neighbours merge
/// (Sennrich et al. 2016; Radford et al. 2019). Ids: special tokens, the 256 bytes in the order of their stand-in characters,
/// merges. The order of merges follows Hugging Face's <c>BpeTrainer</c>. Names of special tokens inside documents are plain text.
/// </summary>
public static class ByteLevelBpeTrainer
{
    /// <summary>Learns a tokenizer from documents, which are read once and not kept.</summary>
    /// <param name="documents">Texts; a merge never crosses from one to the next.</param>
    /// <param name="options">Size and special tokens.</param>
    /// <param name="progress">Told how far reading and merging are: one call at a time, from any thread.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <exception cref="InvalidDataException">The documents hold no text.</exception>
    /// <exception cref="ArgumentException">A special token is empty, listed twice, or the name of a byte.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option has no meaning, such as a vocabulary below 256 bytes.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> documents, BpeTrainerOptions options,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        Dictionary<string, long> words = WordCounts.Of(documents, AddWords, options.MaximumParallelism, progress, cancellationToken);
        var tokens = new TokenTable(options.SpecialTokens, Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b)).Order().Select(character => character.ToString()));
        int[] byteIds = [.. Enumerable.Range(0, 256).Select(b => tokens.Ids[ByteAlphabet.ToCharacter((byte)b).ToString()])];
        var learner = new MergeLearner([.. words.Select(word => (ToIds(word.Key, byteIds), word.Value))]);
        List<BpeMerge> merges = MergeOrder.Learn(learner, tokens, new(options.VocabularySize, options.MinimumFrequency), progress, cancellationToken);
        return new Tokenizer(new TokenizerDefinition(new BpeModel(new BpeDefinition(tokens.Ids, merges)),
            SpecialTokenNames.ToAddedTokens(options.SpecialTokens, 0))
        {
            PreTokenizer = ByteLevelComponents.PreTokenizer,
            PostProcessor = ByteLevelComponents.PostProcessor,
            Decoder = ByteLevelComponents.Decoder,
        }, "the trained tokenizer");
    }

    private static void AddWords(ReadOnlySpan<char> document, WordCounts counts)
    {
        while (document.Length > 0)
        {
            int length = Gpt2Pattern.MatchLength(document);
            counts.Add(document[..length]);
            document = document[length..];
        }
    }

    private static int[] ToIds(string word, int[] byteIds) => [.. Encoding.UTF8.GetBytes(word).Select(b => byteIds[b])];
}
