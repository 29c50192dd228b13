using System.Text;
using System.Text.Json;
using Weft.Text.Bpe;
using Weft.Text.Files;

namespace Weft.Text;

/// <summary>
/// Trains a BPE tokenizer of characters: words between white space are characters, the last of them marked, and frequent neighbours merge
/// (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units"). Ids: special tokens, characters by code point, their
/// forms at the end of a word, merges.
/// </summary>
public static class CharacterBpeTrainer
{
    /// <summary>Learns a tokenizer from documents, which are read once and not kept.</summary>
    /// <param name="documents">Texts.</param>
    /// <param name="options">Size, alphabet and special tokens.</param>
    /// <param name="progress">Told how far reading and merging are: one call at a time, from any thread.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <exception cref="InvalidDataException">The documents hold no text.</exception>
    /// <exception cref="ArgumentException">A special token is empty, listed twice or a character of the corpus; the unknown token is not among them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option has no meaning, such as a vocabulary without room for the characters.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> documents, CharacterBpeTrainerOptions options,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        cancellationToken.ThrowIfCancellationRequested();
        Dictionary<string, long> words = WordCounts.Of(documents, AddWords, options.MaximumParallelism, progress, cancellationToken);
        HashSet<Rune> alphabet = [.. WordCounts.Characters(words).Take(options.MaximumAlphabet ?? int.MaxValue).Select(entry => entry.Key)];
        (TokenTable tokens, List<(int[], long)> symbols) = Symbols(words, alphabet, options);
        IComparer<ulong>? ties = options.Ties == MergeTie.LastText ? Comparer<ulong>.Create((a, b) => CompareTexts(tokens, b, a)) : null;
        List<BpeMerge> merges = MergeOrder.Learn(new MergeLearner(symbols, ties), tokens, new(options.VocabularySize, options.MinimumFrequency), progress, cancellationToken);
        var definition = new BpeDefinition(tokens.Ids, merges) { EndOfWordSuffix = options.EndOfWordSuffix, UnknownToken = options.UnknownToken };
        return new Tokenizer(new TokenizerDefinition(new BpeModel(definition), SpecialTokenNames.ToAddedTokens(options.SpecialTokens, 0))
        {
            PreTokenizer = JsonElement.Parse("""{"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"Removed","invert":false}"""),
            Decoder = Decoder(options.EndOfWordSuffix),
        }, "the trained tokenizer");
    }

    private static JsonElement? Decoder(string suffix) => suffix.Length == 0 ? null : JsonElement.Parse($$"""
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"{{JsonEncodedText.Encode(suffix)}}"},"content":" "},
          {"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":1}]}
        """);

    private static void AddWords(ReadOnlySpan<char> document, WordCounts counts)
    {
        for (int start = 0, at = 0; at <= document.Length; at++)
            if (at == document.Length || char.IsWhiteSpace(document[at]))
            {
                if (at > start)
                    counts.Add(document[start..at]);
                start = at + 1;
            }
    }

    private static (TokenTable Tokens, List<(int[] Ids, long Count)> Words) Symbols(Dictionary<string, long> words, HashSet<Rune> alphabet, CharacterBpeTrainerOptions options)
    {
        var kept = words.Select(word => (Runes: word.Key.EnumerateRunes().Where(alphabet.Contains).ToArray(), Count: word.Value)).Where(word => word.Runes.Length > 0).ToList();
        IEnumerable<string> symbols = alphabet.Order().Select(rune => rune.ToString());
        if (options.EndOfWordSuffix.Length > 0)
            symbols = symbols.Concat(kept.Select(word => word.Runes[^1]).Distinct().Order().Select(rune => rune + options.EndOfWordSuffix));
        var tokens = new TokenTable(options.SpecialTokens, symbols);
        if (tokens.Count > options.VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(options), options.VocabularySize,
                $"a vocabulary of {options.VocabularySize} cannot hold {tokens.Count} special tokens and characters; make it larger or limit the alphabet");
        return (tokens, [.. kept.Select(word => (word.Runes.Select((rune, i) => tokens.Ids[i + 1 < word.Runes.Length ? rune.ToString() : rune + options.EndOfWordSuffix]).ToArray(), word.Count))]);
    }

    private static int CompareTexts(TokenTable tokens, ulong first, ulong second)
    {
        int left = CompareScalars(tokens[(int)(first >> 32)], tokens[(int)(second >> 32)]);
        return left != 0 ? left : CompareScalars(tokens[(int)(uint)first], tokens[(int)(uint)second]);
    }

    // Code points, not UTF-16 units: surrogates come after all others.
    private static int CompareScalars(string first, string second)
    {
        StringRuneEnumerator a = first.EnumerateRunes(), b = second.EnumerateRunes();
        while (true)
        {
            bool more = a.MoveNext();
            if (more != b.MoveNext())
                return more ? 1 : -1;
            if (!more)
                return 0;
            if (a.Current != b.Current)
                return a.Current.CompareTo(b.Current);
        }
    }
}
