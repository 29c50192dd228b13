using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
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
        IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        Dictionary<string, long> words = CountWords(documents, options, progress, cancellationToken);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string name in options.SpecialTokens)
            ids.Add(name, ids.Count);
        foreach (char character in Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b)).Order())
            ids.Add(character.ToString(), ids.Count);
        int[] byteIds = [.. Enumerable.Range(0, 256).Select(b => ids[ByteAlphabet.ToCharacter((byte)b).ToString()])];
        var learner = new MergeLearner([.. words.Select(word => (ToIds(word.Key, byteIds), word.Value))]);
        List<BpeMerge> merges = Learn(learner, ids, options, progress, cancellationToken);
        return new Tokenizer(new TokenizerDefinition(new BpeModel(new BpeDefinition(ids, merges)),
            SpecialTokenNames.ToAddedTokens(options.SpecialTokens, 0))
        {
            PreTokenizer = JsonElement.Parse(
                """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"""),
            PostProcessor = JsonElement.Parse(
                """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}"""),
            Decoder = JsonElement.Parse(
                """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"""),
        }, "the trained tokenizer");
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> documents, BpeTrainerOptions options,
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<WordCounts> perThread = DocumentCounter.Count<WordCounts>(documents,
            static (document, counts) => counts.Add(document),
            options.MaximumParallelism, done => progress?.Report(new BpeTrainingProgress("count", done, 0)), cancellationToken);
        Dictionary<string, long> total = perThread[0].Counts;
        foreach (WordCounts counts in perThread.Skip(1))
            foreach ((string word, long count) in counts.Counts)
                CollectionsMarshal.GetValueRefOrAddDefault(total, word, out _) += count;
        return total;
    }

    private static int[] ToIds(string word, int[] byteIds) => [.. Encoding.UTF8.GetBytes(word).Select(b => byteIds[b])];

    private static List<BpeMerge> Learn(MergeLearner learner, Dictionary<string, int> ids, BpeTrainerOptions options,
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var tokens = new List<string>(ids.OrderBy(entry => entry.Value).Select(entry => entry.Key));
        var merges = new List<BpeMerge>();
        while (ids.Count < options.VocabularySize && learner.TakeBest(options.MinimumFrequency) is (int left, int right))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string token = tokens[left] + tokens[right];
            // Words of a text must never add up to a special token.
            if (options.SpecialTokens.Contains(token))
                continue;
            // Two ways to the same string share one id, so such a merge adds no token.
            if (ids.TryAdd(token, tokens.Count))
                tokens.Add(token);
            var merge = new BpeMerge(left, right, ids[token], merges.Count);
            merges.Add(merge);
            learner.Apply(merge);
            if (merges.Count % 64 == 0)
                progress?.Report(new BpeTrainingProgress("merge", ids.Count, options.VocabularySize));
        }
        progress?.Report(new BpeTrainingProgress("merge", ids.Count, ids.Count));
        return merges;
    }

    private sealed class WordCounts
    {
        public Dictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

        public void Add(ReadOnlySpan<char> document)
        {
            var lookup = Counts.GetAlternateLookup<ReadOnlySpan<char>>();
            while (document.Length > 0)
            {
                int length = Gpt2Pattern.MatchLength(document);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, document[..length], out _)++;
                document = document[length..];
            }
        }
    }
}
