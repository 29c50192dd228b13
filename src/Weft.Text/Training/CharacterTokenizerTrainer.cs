using System.Text;
using System.Text.Json;
using Weft.Text.Bpe;
using Weft.Text.Files;

namespace Weft.Text;

/// <summary>
/// One token per distinct Unicode scalar of a corpus, ids in the order of code points, as nanoGPT's character models; special
/// tokens follow. Written as a BPE without merges, which Hugging Face tokenizers load too. Characters that the corpus lacks
/// are dropped when a text is encoded.
/// </summary>
public static class CharacterTokenizerTrainer
{
    /// <summary>Collects the characters of documents, which are read once and not kept.</summary>
    /// <param name="documents">Texts; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="specialTokens">Take the ids after the last character, in this order. None when null.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <exception cref="InvalidDataException">The documents hold no text.</exception>
    /// <exception cref="ArgumentException">
    /// A special token is empty, listed twice, or a single character of the corpus.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> documents, IReadOnlyList<string>? specialTokens = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        specialTokens ??= [];
        SpecialTokenNames.Check(specialTokens);
        cancellationToken.ThrowIfCancellationRequested();
        var perThread = DocumentCounter.Count<HashSet<int>>(documents, static (document, seen) =>
        {
            foreach (Rune rune in document.EnumerateRunes())
                seen.Add(rune.Value);
        }, Environment.ProcessorCount, static _ => { }, cancellationToken);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (int scalar in perThread.SelectMany(seen => seen).Distinct().Order())
            ids.Add(new Rune(scalar).ToString(), ids.Count);
        int characters = ids.Count;
        foreach (string name in specialTokens)
            if (!ids.TryAdd(name, ids.Count))
                throw new ArgumentException(
                    $"special token '{name}' is a character of the corpus; give it a longer name", nameof(specialTokens));
        return new Tokenizer(new TokenizerDefinition(new BpeModel(new BpeDefinition(ids, [])),
            SpecialTokenNames.ToAddedTokens(specialTokens, characters))
        {
            Decoder = JsonElement.Parse("""{"type":"Fuse"}"""),
        }, "the trained tokenizer");
    }
}
