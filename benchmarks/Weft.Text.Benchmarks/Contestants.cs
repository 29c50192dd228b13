using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Weft.Text.Files;

namespace Weft.Text.Benchmarks;

/// <summary>One vocabulary in both libraries.</summary>
/// <param name="Name">Of the vocabulary.</param>
/// <param name="Ours">Weft's tokenizer.</param>
/// <param name="Peer">The one of Microsoft.ML.Tokenizers; null where it cannot read the file.</param>
internal sealed record Contest(string Name, Tokenizer Ours, Microsoft.ML.Tokenizers.Tokenizer? Peer)
{
    private static readonly (string Name, Func<Contest> Make)[] All =
    [
        ("GPT-2", () => Ranks("GPT-2", "tokenizers/tiktoken/r50k_base.tiktoken", TiktokenEncoding.R50k)),
        ("cl100k", () => Ranks("cl100k", "tokenizers/tiktoken/cl100k_base.tiktoken", TiktokenEncoding.Cl100k)),
        ("o200k", () => Ranks("o200k", "tokenizers/tiktoken/o200k_base.tiktoken", TiktokenEncoding.O200k)),
        ("Llama-3", () => Ranks("Llama-3", "tokenizers/llama3/tokenizer.model", TiktokenEncoding.Llama3)),
        ("Llama-2", SentencePiece),
        ("BERT", () => new Contest("BERT", Tokenizer.Load(Assets.Path("tokenizers/bert/bert-base-uncased_tokenizer.json")), BertTokenizer.Create(Assets.Path("tokenizers/bert/bert-base-uncased_vocab.txt")))),
        ("CLIP", () => new Contest("CLIP", Tokenizer.Load(Assets.Path("tokenizers/clip/tokenizer.json")), null)),
        ("T5", () => new Contest("T5", Tokenizer.Load(Assets.Path("tokenizers/t5/t5-small_tokenizer.json")), null)),
    ];

    public static IEnumerable<Contest> Named(string? name) =>
        All.Where(contest => name is null || contest.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(contest => contest.Make());

    private static Contest Ranks(string name, string asset, TiktokenEncoding encoding)
    {
        string file = Assets.Path(asset);
        byte[] content = File.ReadAllBytes(file);
        var pattern = new Regex(encoding.Pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled);
        return new Contest(name, new Tokenizer(TiktokenReader.Read(content, file, encoding), file),
            TiktokenTokenizer.Create(new MemoryStream(content), new RegexPreTokenizer(pattern, encoding.SpecialTokens), normalizer: null, encoding.SpecialTokens));
    }

    private static Contest SentencePiece()
    {
        using FileStream model = File.OpenRead(Assets.Path("tokenizers/llama2/tokenizer.model"));
        return new Contest("Llama-2", Tokenizer.Load(Assets.Path("tokenizers/llama2/tokenizer.json")), LlamaTokenizer.Create(model, addBeginOfSentence: false));
    }
}
