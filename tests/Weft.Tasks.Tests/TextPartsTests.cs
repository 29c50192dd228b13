using CsCheck;

namespace Weft.Tasks.Tests;

public sealed class TextPartsTests
{
    [Fact]
    public void Parts_fit_and_joined_they_are_the_text() =>
        Gen.Select(Gen.Char["ab .!?\n。’“\"\ud83d\ude00 "].Array[0, 80].Select(text => new string(text)), Gen.Int[4, 20]).Sample((text, room) =>
        {
            IReadOnlyList<string> parts = TextParts.Of(text, part => part.Length <= room);
            Assert.Equal(text, string.Concat(parts));
            Assert.All(parts, part => Assert.InRange(part.Length, 0, room));
        });

    [Theory]
    [InlineData("One two. Three four! Five?", 18, "One two. |Three four! Five?")]
    [InlineData("One two.\nThree.\n\nFour.", 16, "One two.\nThree.\n|\nFour.")]
    [InlineData("“One.” Two. Three.", 10, "“One.” |Two. |Three.")]
    [InlineData("第一句。第二句！第三句", 8, "第一句。第二句！|第三句")]
    [InlineData("one two three four", 9, "one two |three |four")]
    [InlineData("abcdefgh", 3, "abc|def|gh")]
    [InlineData("version 1.5 is out. Yes.", 20, "version 1.5 is out. |Yes.")]
    public void It_is_cut_where_it_hurts_least(string text, int room, string expected) =>
        Assert.Equal(expected, string.Join('|', TextParts.Of(text, part => part.Length <= room)));

    [Fact]
    public void A_character_that_does_not_fit_is_refused() =>
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => TextParts.Of("abc", part => part.Length == 0)).Message, StringComparison.Ordinal);
}
