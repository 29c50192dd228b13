using System.Text;
using System.Text.Json;
using CsCheck;
using Weft.Text.Files;
using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.PreTokenizers;

public sealed class CharacterPreTokenizerTests
{
    private static PreTokenizer Read(string json) => PreTokenizerReader.Read(new JsonField("test.json", "pre_tokenizer", JsonElement.Parse(json)));

    private static bool Is(Rune rune, CharacterClasses classes) => (CharacterTables.Instance.ClassesOf(rune.Value) & classes) != 0;

    // The plain way: a label for each character; pieces are runs of a label, "" is dropped and labels that are unique stand alone.
    private static string[] Runs(string text, Func<Rune, int, string> label)
    {
        var pieces = new List<(string Label, string Text)>();
        int index = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            string own = label(rune, index++);
            if (pieces.Count > 0 && pieces[^1].Label == own)
                pieces[^1] = (own, pieces[^1].Text + rune);
            else
                pieces.Add((own, rune.ToString()));
        }
        return [.. pieces.Where(piece => piece.Label.Length > 0).Select(piece => piece.Text)];
    }

    private static string Bert(Rune rune, int index) => Is(rune, CharacterClasses.Space) ? "" : Is(rune, CharacterClasses.Punctuation) ? $"{index}" : "word";

    private static string Words(Rune rune, int index) => Is(rune, CharacterClasses.Space) ? "" : Is(rune, CharacterClasses.Word) ? "word" : "symbol";

    private static string Split(Rune rune, int index) => Is(rune, CharacterClasses.Space) ? "" : "word";

    private static string Digits(Rune rune, int index) => Is(rune, CharacterClasses.Number) ? "digits" : "other";

    private static string EachDigit(Rune rune, int index) => Is(rune, CharacterClasses.Number) ? $"{index}" : "other";

    private static string Punctuation(Rune rune, int index) => Is(rune, CharacterClasses.Punctuation) ? "" : "other";

    private static string Threes(Rune rune, int index) => $"{index / 3}";

    [Fact]
    public void Texts_are_split_as_by_the_plain_twins()
    {
        (string Json, Func<Rune, int, string> Label)[] cases =
        [
            ("""{"type":"BertPreTokenizer"}""", Bert), ("""{"type":"Whitespace"}""", Words), ("""{"type":"WhitespaceSplit"}""", Split),
            ("""{"type":"Digits","individual_digits":false}""", Digits), ("""{"type":"Digits","individual_digits":true}""", EachDigit),
            ("""{"type":"Punctuation","behavior":"Removed"}""", Punctuation), ("""{"type":"FixedLength","length":3}""", Threes),
            ("""{"type":"CharDelimiterSplit","delimiter":"😀"}""", (rune, _) => rune.Value == 0x1F600 ? "" : "other"),
        ];
        Gen<string> any = Gen.OneOf(Texts.Any.Select(Texts.WellFormed),
            Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(scalar => char.ConvertFromUtf32(scalar)).Array[0, 12].Select(string.Concat));
        foreach ((string json, Func<Rune, int, string> label) in cases)
        {
            PreTokenizer preTokenizer = Read(json);
            any.Sample(text => Assert.Equal(Runs(text, label), PieceList.Of(preTokenizer, text)), iter: 1000);
        }
    }

    [Theory]
    [InlineData("BertPreTokenizer", "don't 3.14\u00A0日本-€^", "don|'|t|3|.|14|日本|-|€|^")]
    [InlineData("Whitespace", "don't 3.14!!\nnaïve_x 😀?", "don|'|t|3|.|14|!!|naïve_x|😀?")]
    [InlineData("WhitespaceSplit", " a\u2028b\u3000c-d ", "a|b|c-d")]
    [InlineData("Digits", "v12b½Ⅷ", "v|12|b|½Ⅷ")]
    [InlineData("FixedLength", "ab😀defg", "ab😀de|fg")]
    [InlineData("UnicodeScripts", "  hello, мир カーひ日本  ไทย", "hello|, |мир |カーひ日本  |ไทย")]
    public void Known_texts_are_split_as_in_hugging_face(string type, string text, string pieces) =>
        Assert.Equal(pieces.Split('|'), PieceList.Of(Read($$"""{"type":"{{type}}"}"""), text));

    [Theory]
    [InlineData("Removed", "a|b|c")]
    [InlineData("Isolated", "a|,|b|!|!|c|.")]
    [InlineData("MergedWithPrevious", "a,|b!|!|c.")]
    [InlineData("MergedWithNext", "a|,b|!|!c|.")]
    [InlineData("Contiguous", "a|,|b|!!|c|.")]
    public void Punctuation_is_kept_as_the_behaviour_says(string behavior, string pieces) =>
        Assert.Equal(pieces.Split('|'), PieceList.Of(Read($$"""{"type":"Punctuation","behavior":"{{behavior}}"}"""), "a,b!!c."));
}
