using System.Diagnostics;
using System.Text;
using CsCheck;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Bpe;

/// <summary>The short way from text to tokens of bytes against the long one through their names.</summary>
public sealed class ByteLevelEncodingTests
{
    private static readonly string[] Bytes = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b).ToString())];

    private static string Spelled(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(ByteAlphabet.ToCharacter));

    // Tokens that begin and end inside of characters, and across them.
    private static readonly (string Left, string Right)[] Merges =
    [
        ("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "a"), ("aa", "aa"), ("aa", "a"), ("Ġ", "Ġ"), ("ĠĠ", "ĠĠ"), (Spelled("é")[..1], Spelled("é")[1..]),
        (Spelled("日")[..1], Spelled("日")[1..2]), (Spelled("日")[2..], Spelled("本")[..1]), (Spelled("😀")[..1], Spelled("😀")[1..2]), (Spelled("😀")[..2], Spelled("😀")[2..3]),
        ("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("aaaa", "aaaa"), ("e", "Ġ"), ("!", "!"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ids_and_offsets_are_those_of_the_bytes_names(bool ignoreMerges)
    {
        string[] tokens = [.. Bytes, "hello", "Ġworld", Spelled("日本")];
        Tokenizer bytes = TokenizerJson.Of(tokens, Merges).With("pre_tokenizer", TokenizerJson.ByteLevel).With("model.ignore_merges", ignoreMerges ? "true" : "false").Tokenizer;
        // A step after the mapping takes the short way away.
        Tokenizer names = TokenizerJson.Of(tokens, Merges).With("model.ignore_merges", ignoreMerges ? "true" : "false").With("pre_tokenizer",
            $$"""{"type":"Sequence","pretokenizers":[{{TokenizerJson.ByteLevel}},{"type":"Split","pattern":{"String":"\u0000"},"behavior":"Isolated","invert":false}]}""").Tokenizer;
        Texts.Any.Sample(text =>
        {
            int[] ids = bytes.EncodeToIds(text);
            Assert.Equal(names.EncodeToIds(text), ids);
            Assert.Equal(names.EncodeToTokens(text), bytes.EncodeToTokens(text));
            Assert.Equal(ids, bytes.Encode(text).Ids);
        }, iter: 3000);
    }

    [Fact]
    public void Ids_are_those_of_the_plain_twin()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(Merges).Tokenizer;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in Bytes.Concat(Merges.Select(merge => merge.Left + merge.Right)))
            ids.TryAdd(token, ids.Count);
        var twin = new PlainBpe(ids, Merges);
        Texts.Any.Sample(text =>
        {
            string wellFormed = Texts.WellFormed(text);
            var expected = new List<int>();
            for (int at = 0, length; at < wellFormed.Length; at += length)
            {
                length = Gpt2Pattern.MatchLength(wellFormed.AsSpan(at));
                expected.AddRange(twin.Encode(Spelled(wellFormed.Substring(at, length))));
            }
            Assert.Equal(expected, tokenizer.EncodeToIds(text));
        }, iter: 1500);
    }

    [Fact]
    public void Words_that_differ_in_nothing_but_nul_are_told_apart()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(("a", "a")).Tokenizer;
        string[] words = ["!", "!\0", "!\0\0", "!\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "!\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"];
        foreach (string word in words.Concat(words))
        {
            Assert.Equal(Encoding.UTF8.GetBytes(word).Length, tokenizer.CountTokens(word));
            Assert.Equal(word, tokenizer.Decode(tokenizer.EncodeToIds(word)));
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("😀")]
    [InlineData("!")]
    [InlineData("日")]
    public void Four_million_bytes_of_one_character_take_no_quadratic_time(string character)
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(Merges).Tokenizer;
        string text = string.Concat(Enumerable.Repeat(character, 4_000_000 / Encoding.UTF8.GetByteCount(character)));
        Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeToIds(text)));
    }

    [Fact]
    public void Encoding_allocates_nothing_for_each_token()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(Merges).Tokenizer;
        string text = string.Concat(Enumerable.Repeat("the hello 日本 world, 😀 and more! ", 3000));
        long least = long.MaxValue;
        // Code that the runtime has not optimized yet puts small structures on the heap (32 bytes a word); on a busy machine that takes more than a few calls.
        for (var waited = Stopwatch.StartNew(); least > 4096 && waited.Elapsed < TimeSpan.FromSeconds(20);)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            tokenizer.CountTokens(text);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.InRange(least, 0, 4096);
    }
}
