using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.PreTokenizers;

public sealed class Gpt2PatternTests
{
    private static readonly Regex Oracle = new(Gpt2Pattern.Text, RegexOptions.CultureInvariant);

    // Characters outside the basic plane and ones inside it of the same class, which .NET's Regex can tell.
    private static readonly Dictionary<int, char> SameClass = new() { [0x1F600] = '☃', [0x1D400] = 'Ā', [0x1D7D9] = '٣', [0x20000] = '中', [0x1F469] = '☃', [0x1F467] = '☃' };

    private static List<string> Scan(string text)
    {
        var pieces = new List<string>();
        for (int at = 0; at < text.Length; at += pieces[^1].Length)
            pieces.Add(text.Substring(at, Gpt2Pattern.MatchLength(text.AsSpan(at))));
        return pieces;
    }

    [Fact]
    public void The_scanner_splits_as_the_regular_expression_does()
    {
        Texts.Any.Sample(text =>
        {
            text = string.Concat(text.EnumerateRunes().Where(rune => rune.IsBmp || SameClass.ContainsKey(rune.Value)).Select(rune => rune.ToString()));
            string shadow = string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp ? (char)rune.Value : SameClass[rune.Value]));
            Assert.Equal(Oracle.Matches(shadow).Select(match => match.Length), Scan(text).Select(piece => piece.EnumerateRunes().Count()));
        }, iter: 5000);
    }

    [Fact]
    public void Every_character_of_the_basic_plane_is_in_the_class_that_the_regular_expression_gives_it()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            if (char.IsSurrogate((char)c))
                continue;
            string text = $"a{(char)c}{(char)c}1{(char)c} {(char)c}!";
            Assert.Equal(Oracle.Matches(text).Select(match => match.Value), Scan(text));
        }
    }

    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("it's we'll 'S", "it|'s| we|'ll| '|S")]
    [InlineData("a  b   ", "a| | b|   ")]
    [InlineData("x\n\ny", "x|\n|\n|y")]
    [InlineData("3.14é", "3|.|14|é")]
    [InlineData("𝐀𝐁 𝟙😀", "𝐀𝐁| 𝟙|😀")]
    public void Known_texts_split_in_known_places(string text, string pieces) => Assert.Equal(pieces.Split('|'), Scan(text));

    [Fact]
    public void A_regular_expression_sees_scalars_outside_the_basic_plane_by_their_category()
    {
        var regex = new ScalarRegex(@"\p{L}+|\p{N}+|\p{So}");
        const string text = "x𝐀𠀀 𝟙2 😀é";
        var matches = new List<(int Start, int End)>();
        regex.FindMatches(text, matches);
        Assert.Equal(["x𝐀𠀀", "𝟙2", "😀", "é"], matches.Select(match => text[match.Start..match.End]));
    }

    [Fact]
    public void Every_scalar_outside_the_basic_plane_matches_its_own_category()
    {
        var categories = new Dictionary<System.Globalization.UnicodeCategory, Rune>();
        for (int scalar = 0x10000; scalar <= 0x10FFFF; scalar++)
            categories.TryAdd(Rune.GetUnicodeCategory(new Rune(scalar)), new Rune(scalar));
        string[] names = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn"];
        foreach ((System.Globalization.UnicodeCategory category, Rune rune) in categories)
        {
            var matches = new List<(int Start, int End)>();
            new ScalarRegex($@"\p{{{names[(int)category]}}}").FindMatches(rune.ToString(), matches);
            Assert.True(matches is [(0, 2)], $"U+{rune.Value:X} is not matched as {names[(int)category]}");
        }
    }
}
