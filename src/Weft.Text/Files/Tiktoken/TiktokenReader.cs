using System.Security.Cryptography;
using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>
/// Reads tiktoken's rank files. Any two neighbours merge there whose bytes together are a token, the lowest rank first. Written out as
/// merges this gives each token all its splits, as Hugging Face's converter lists them, of which only one can ever happen.
/// </summary>
internal static class TiktokenReader
{
    // SHA-256 of the files as their makers publish them.
    private static readonly Dictionary<string, TiktokenEncoding> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"] = TiktokenEncoding.R50k,
        ["94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"] = TiktokenEncoding.P50k,
        ["223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"] = TiktokenEncoding.Cl100k,
        ["446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"] = TiktokenEncoding.O200k,
        ["82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55"] = TiktokenEncoding.Llama3,
        ["6cf5f2a2560a7d581548aeb0c31c6a60de2d3e873152346e421affc871699be4"] = TiktokenEncoding.Qwen,
    };

    /// <summary>A file that is known by what is in it.</summary>
    public static TokenizerDefinition Read(ReadOnlyMemory<byte> content, string file)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        return Known.TryGetValue(hash, out TiktokenEncoding? encoding)
            ? Read(content, file, encoding)
            : throw new InvalidDataException($"{file}: its ranks (SHA-256 {hash}) are none of r50k, p50k, cl100k, o200k, Llama 3 and Qwen, and a rank file does not say "
                + "how text is split or which special tokens there are; name the encoding, pattern and special tokens");
    }

    /// <summary>Any rank file, with what it does not say.</summary>
    public static TokenizerDefinition Read(ReadOnlyMemory<byte> content, string file, TiktokenEncoding encoding)
    {
        Dictionary<string, int> ranks = RankLines.Read(content, file);
        HashSet<int> taken = [.. ranks.Values];
        foreach ((string name, int id) in encoding.SpecialTokens)
            if (!taken.Add(id))
                throw new InvalidDataException($"{file}: id {id} of special token '{name}' belongs to another token; choose the encoding that the file is for");
        List<BpeMerge> merges = Splits(ranks);
        // Hugging Face numbers added tokens on from the number of tokens, whatever the file says, unless the vocabulary has them.
        if (encoding.SpecialTokens.Values.Order().Where((id, i) => id != ranks.Count + i).Any())
            foreach ((string name, int id) in encoding.SpecialTokens)
                if (!ranks.TryAdd(name, id))
                    throw new InvalidDataException($"{file}: special token '{name}' is a token of the file; give it another name");
        var model = new BpeModel(new BpeDefinition(ranks, merges) { IgnoreMerges = true });
        return new TokenizerDefinition(model,
            [.. encoding.SpecialTokens.OrderBy(token => token.Value).Select(token => new AddedToken(token.Value, token.Key) { Special = true })])
        {
            Normalizer = encoding.ComposesCharacters ? JsonElement.Parse("""{"type":"NFC"}""") : null,
            PreTokenizer = ByteLevelComponents.Splitting([encoding.Pattern]),
            PostProcessor = PostProcessor(encoding, file),
            Decoder = ByteLevelComponents.Decoder,
        };
    }

    private static JsonElement PostProcessor(TiktokenEncoding encoding, string file)
    {
        if (encoding.FirstToken is not string first)
            return ByteLevelComponents.PostProcessor;
        return encoding.SpecialTokens.TryGetValue(first, out int id)
            ? ByteLevelComponents.PostProcessorWith(SurroundingTemplate.Of(new SpecialToken(id, first), null))
            : throw new InvalidDataException($"{file}: the first token '{first}' is none of the encoding's special tokens; add it to them");
    }

    private static List<BpeMerge> Splits(Dictionary<string, int> ranks)
    {
        var lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        var splits = new List<(int Left, int Right)>();
        var merges = new List<BpeMerge>(ranks.Count * 2);
        foreach ((string token, int rank) in ranks.OrderBy(entry => entry.Value))
        {
            splits.Clear();
            for (int at = 1; at < token.Length; at++)
                if (lookup.TryGetValue(token.AsSpan(0, at), out int left) && lookup.TryGetValue(token.AsSpan(at), out int right))
                    splits.Add((left, right));
            splits.Sort();
            merges.AddRange(splits.Select(split => new BpeMerge(split.Left, split.Right, rank, rank)));
        }
        return merges;
    }
}
