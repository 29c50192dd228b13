using System.IO.Compression;
using System.Text;

namespace Weft.Text.Tests.Assets;

/// <summary>Every published tokenizer, by its file, on passages of every language among the data sets and on text that looks for trouble.</summary>
public sealed class SweepTests
{
    private const int PassagesOfFile = 12, PassageLength = 400;

    // Some vocabularies hold such names as ordinary tokens that take the space after them along.
    private const string NamesOfTokens = "<s></s><unk>[CLS]<|endoftext|><|im_start|>";

    private static readonly string[] DataSets =
    [
        "books/war-and-peace.txt.gz", "tinyshakespeare/input.txt.gz", "wikitext2/wiki.valid.raw.gz", "multi30k/val.de.gz", "multi30k/val.fr.gz",
        "zh_thucnews/test.txt.gz", "zh_en_tatoeba/cmn.train.txt.gz", "zh_poetry/tang-300.json.gz", "xquad/xquad.zh.first_half.json.gz",
        "humaneval/HumanEval.jsonl.gz", "sms_spam/sms.tsv.gz",
    ];

    private static readonly Lazy<string[]> AllTexts = new(() => [.. DataSets.SelectMany(Passages), .. Adversarial()]);

    /// <summary>File, and whether decoding what was encoded gives the text back.</summary>
    public static TheoryData<string, bool> Files => new()
    {
        { "tokenizers/gpt2/encoder.json", true },
        { "tokenizers/roberta-base/tokenizer.json", true },
        { "tokenizers/roberta-base/vocab.json", true },
        { "tokenizers/bert/bert-base-uncased_tokenizer.json", false },
        { "tokenizers/bert/bert-base-uncased_vocab.txt", false },
        { "tokenizers/bert/bert-multilingual-cased_vocab.txt", false },
        { "tokenizers/bert/all-minilm-l6-v2_tokenizer.json", false },
        { "tokenizers/llama2/tokenizer.json", true },
        { "tokenizers/llama2/tokenizer.model", true },
        { "tokenizers/llama3/tokenizer.model", true },
        { "tokenizers/llama3/llama3.2_encoder.json", true },
        { "tokenizers/mistral/tokenizer.model.v1", true },
        { "tokenizers/mistral/mistral_instruct_tokenizer_240323.model.v3", true },
        { "tokenizers/t5/spiece.model", false },
        { "tokenizers/t5/t5-small_tokenizer.json", false },
        { "tokenizers/phi-2/tokenizer.json", true },
        { "tokenizers/phi-3-mini/tokenizer.json", true },
        { "tokenizers/falcon/tokenizer.json", true },
        { "tokenizers/clip/tokenizer.json", false },
        { "tokenizers/marian-like/tokenizer.json", false },
        { "tokenizers/marian-like/vocab.joint.spm", false },
        { "tokenizers/qwen/qwen.tiktoken", false },
        { "tokenizers/tiktoken/r50k_base.tiktoken", true },
        { "tokenizers/tiktoken/p50k_base.tiktoken", true },
        { "tokenizers/tiktoken/cl100k_base.tiktoken", true },
        { "tokenizers/tiktoken/o200k_base.tiktoken", true },
        { "tokenizer-vectors/sentencepiece/test_model.model", false },
        { "tokenizer-vectors/sentencepiece/test_ja_model.model", false },
        { "tokenizer-vectors/llamacpp/ggml-vocab-gpt-2.gguf", true },
        { "tokenizer-vectors/llamacpp/ggml-vocab-llama-spm.gguf", true },
        { "tokenizer-vectors/llamacpp/ggml-vocab-bert-bge.gguf", false },
        { "models/llama2-tiny-random", true },
        { "models/tinystories-656k", false },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_published_tokenizer_encodes_every_text_and_gives_it_back(string asset, bool lossless)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require(asset));
        foreach (string text in AllTexts.Value)
        {
            int[] ids = tokenizer.EncodeToIds(text, addSpecialTokens: false);
            EncodedText tracked = tokenizer.Encode(text, new EncodeOptions { AddSpecialTokens = false });
            Assert.Equal(ids, tracked.Ids);
            Assert.Equal(ids.Length, tokenizer.CountTokens(text, addSpecialTokens: false));
            int start = 0;
            foreach (Range offset in tracked.Offsets)
            {
                Assert.InRange(offset.Start.Value, 0, offset.End.Value);
                Assert.InRange(offset.End.Value, offset.Start.Value, text.Length);
                Assert.True(offset.Start.Value >= start, "offsets go back");
                start = offset.Start.Value;
            }
            if (lossless && text != NamesOfTokens)
                Assert.Equal(text, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void No_tokenizer_is_left_out()
    {
        string[] named = [.. Files.Select(row => Path.GetFileName(row.Data.Item1))];
        string[] others = ["vocab.bpe", "merges.txt", "llama3.2_vocab.bpe", "tokenizer_config.json", "qwen2.5_tokenizer_config.json", "qwen3_tokenizer_config.json"];
        Assert.All(Directory.EnumerateFiles(TestAssets.Require("tokenizers"), "*", SearchOption.AllDirectories).Select(Path.GetFileName),
            file => Assert.Contains(file, named.Concat(others)));
    }

    private static IEnumerable<string> Passages(string dataSet)
    {
        using var file = new GZipStream(File.OpenRead(TestAssets.Require($"datasets/{dataSet}")), CompressionMode.Decompress);
        using var reader = new StreamReader(file, Encoding.UTF8);
        string all = reader.ReadToEnd();
        for (int i = 0; i < PassagesOfFile; i++)
        {
            int at = (int)((long)i * all.Length / PassagesOfFile);
            Rune[] runes = [.. all.AsSpan(at, Math.Min(PassageLength, all.Length - at)).ToString().EnumerateRunes()];
            // Both ends may lie within a character.
            yield return string.Concat(runes[1..^1].Select(rune => rune.ToString()));
        }
    }

    private static IEnumerable<string> Adversarial() =>
    [
        "", " ", "   ", "\n\n\n", "\t \r\n ", "\0\0a\0", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "'s'S'LL don't I'Ve", "0123456789 12 3.14e-7 ٣٤٥ ½ Ⅷ",
        "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪 😀😀😀", "e\u0301 ñ n\u0303 가각 \u1100\u1161\u11A8", "שלום עולם مرحبا بالعالم", "ไทย हिन्दी ελληνικά ΑΣΣ İıſK", "𝐀𝟙𠀀\U0010FFFF\uFFFD\uFFFF",
        "\u200B\u200D\u00AD\uFEFFx\u2028y\u0085z\u00A0\u3000w", NamesOfTokens, "#!/bin/sh\n\tif [ \"$1\" = 'x' ]; then\n\t\techo {}\n\tfi // ∀x∈ℝ", "https://example.org/a?b=c&d=%20#e", "ﬁﬂ①㋿ｱﾊﾟＡ﷽",
    ];
}
