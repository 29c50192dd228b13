using System.Globalization;
using System.Text;
using CsCheck;

namespace Weft.Text.Tests.Unigram;

public sealed class UnigramEncodingTests
{
    // Scores with many ties, pieces that overlap, one that is unknown in itself.
    private static readonly (string Text, double Score)[] Pieces =
    [
        ("<unk>", 0), ("▁", -2), ("a", -3), ("aa", -5), ("aaaa", -6), ("b", -3), ("ab", -6), ("ba", -5.5), ("the", -4), ("▁the", -3.5), ("th", -4), ("e", -2.5),
        ("h", -4), ("hello", -7), ("ello", -6), ("日本", -5), ("本語", -5), ("日", -6), ("😀", -7), ("😀😀", -9), ("'", -3), ("\n", -4), (" ", -3),
    ];

    private static string Json(IReadOnlyList<(string Text, double Score)> pieces, string options) =>
        """{"version":"1.0","added_tokens":[],"model":{"type":"Unigram",""" + options + "\"vocab\":[" + string.Join(',', pieces.Select(piece =>
            string.Create(CultureInfo.InvariantCulture, $"[{System.Text.Json.JsonSerializer.Serialize(piece.Text)},{piece.Score}]"))) + "]}}";

    private static Tokenizer Of(IReadOnlyList<(string Text, double Score)> pieces, string options = "\"unk_id\":0,") =>
        Tokenizer.Parse(Encoding.UTF8.GetBytes(Json(pieces, options)), "test.json");

    [Fact]
    public void Text_is_cut_as_the_plain_twin_cuts_it()
    {
        Tokenizer tokenizer = Of(Pieces);
        var twin = new PlainUnigram(Pieces, 0);
        Texts.Any.Sample(text => Assert.Equal(twin.Encode(Texts.WellFormed(text)), tokenizer.EncodeToIds(text)), iter: 1500);
    }

    [Fact]
    public void Any_vocabulary_cuts_as_the_plain_twin()
    {
        string[] letters = ["a", "b", "😀", "▁", "é"];
        var words = Texts.OneOf(letters).Array[1, 5].Select(string.Concat).Array[1, 20];
        Gen.Select(words, Gen.Int[0, 4].Array[20], Texts.OneOf(letters).Array[0, 40].Select(string.Concat), Gen.Bool).Sample((names, scores, text, fallback) =>
        {
            List<(string, double)> pieces = [("<unk>", 0), .. names.Distinct(StringComparer.Ordinal).Select((name, i) => (name, -1.0 - scores[i]))];
            if (fallback)
                pieces.AddRange(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", -5.0)));
            Tokenizer tokenizer = Of(pieces, $"\"unk_id\":0,\"byte_fallback\":{(fallback ? "true" : "false")},");
            int[] ids = tokenizer.EncodeToIds(text);
            Assert.Equal(new PlainUnigram(pieces, 0) { ByteFallback = fallback }.Encode(text), ids);
            Assert.Equal(ids, tokenizer.Encode(text).Ids);
        }, iter: 1500);
    }

    [Fact]
    public void Tracking_does_not_change_ids_and_offsets_cover_the_text()
    {
        Tokenizer tokenizer = Of(Pieces);
        Texts.Any.Sample(text =>
        {
            EncodedText encoded = tokenizer.Encode(text);
            Assert.Equal(tokenizer.EncodeToIds(text), encoded.Ids);
            int at = 0;
            foreach ((int start, int end) in encoded.Offsets.Select(offset => offset.GetOffsetAndLength(text.Length)).Select(part => (part.Offset, part.Offset + part.Length)))
            {
                Assert.Equal(at, start);
                at = end;
            }
            Assert.Equal(text.Length, at);
        }, iter: 500);
    }

    [Fact]
    public void Unknown_characters_are_dropped_where_nothing_stands_for_them() =>
        Assert.Equal([2, 5], Of(Pieces, "").EncodeToIds("aéb"));

    [Fact]
    public void The_name_of_a_special_token_does_not_become_it_unless_asked()
    {
        string json = Json([("<unk>", 0), ("</s>", 0), ("a", -1), ("s", -1), ("<", -1), ("/", -1), (">", -1)], "\"unk_id\":0,")
            .Replace("\"added_tokens\":[]", "\"added_tokens\":[{\"id\":1,\"content\":\"</s>\",\"special\":true,\"normalized\":false}]", StringComparison.Ordinal);
        Tokenizer tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "test.json");
        Assert.Equal(["a", "<", "/", "s", ">"], Texts.Tokens(tokenizer, "a</s>"));
        Assert.Equal(["a", "</s>"], Texts.Tokens(tokenizer, "a</s>", parse: true));
    }

    [Theory]
    [InlineData("\"unk_id\":23,", "unk_id")]
    [InlineData("\"unk_id\":-1,", "unk_id")]
    [InlineData("\"byte_fallback\":1,", "byte_fallback")]
    [InlineData("\"sentencepiece_types\":\"111\",", "sentencepiece_types")]
    public void Wrong_fields_are_refused_by_name(string options, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => Of(Pieces, options));
        Assert.StartsWith("test.json: field 'model." + named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\"a\"]")]
    [InlineData("[\"\",-1]")]
    [InlineData("[\"a\",\"-1\"]")]
    [InlineData("[\"a\",1e999]")]
    [InlineData("[\"b\",-1],[\"b\",-2]")]
    public void Wrong_pieces_are_refused_with_their_place(string piece)
    {
        string json = Json([("<unk>", 0)], "\"unk_id\":0,").Replace("[\"\\u003Cunk\\u003E\",0]", "[\"u\",0]," + piece, StringComparison.Ordinal);
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "test.json"));
        Assert.Contains("model.vocab[", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_saved_cuts_the_same()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Of(Pieces);
        tokenizer.Save(folder.FullName);
        Tokenizer loaded = Tokenizer.Load(folder.FullName);
        Texts.Any.Sample(text => Assert.Equal(tokenizer.EncodeToIds(text), loaded.EncodeToIds(text)), iter: 300);
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("😀")]
    [InlineData("é")]
    public void No_text_costs_more_than_its_length(string unit)
    {
        Tokenizer tokenizer = Of(Pieces);
        string text = string.Concat(Enumerable.Repeat(unit, 1 << 20));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        tokenizer.CountTokens(text);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }
}
