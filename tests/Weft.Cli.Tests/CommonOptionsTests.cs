using System.CommandLine;

namespace Weft.Cli.Tests;

public sealed class CommonOptionsTests
{
    private static T? Parse<T>(Option<T> option, params string[] words)
    {
        ParseResult parsed = new RootCommand { option }.Parse(words);
        Assert.Empty(parsed.Errors);
        return new CommandContext(parsed, CancellationToken.None).Get(option);
    }

    private static string Error<T>(Option<T> option, params string[] words) =>
        Assert.Single(new RootCommand { option }.Parse(words).Errors).Message;

    [Theory]
    [InlineData("1,80,147", 1, 80, 147)]
    [InlineData(" 1 , 80 ", 1, 80)]
    [InlineData("1 80  147", 1, 80, 147)]
    [InlineData("0", 0)]
    [InlineData("2147483647", int.MaxValue)]
    public void Ids_are_separated_by_commas_or_spaces(string text, params int[] expected) =>
        Assert.Equal(expected, Parse(CommonOptions.Ids("--ids", ""), "--ids", text));

    [Fact]
    public void Ids_that_are_not_given_are_null() => Assert.Null(Parse(CommonOptions.Ids("--ids", "")));

    [Theory]
    [InlineData("1,2,3,", "--ids: '' at position 3 is no token id; write whole numbers such as 1,80,147")]
    [InlineData(",", "--ids: '' at position 0 is no token id; write whole numbers such as 1,80,147")]
    [InlineData("+1", "--ids: '+1' at position 0 is no token id; write whole numbers such as 1,80,147")]
    [InlineData("1 2,3", "--ids: '1 2' at position 0 is no token id; write whole numbers such as 1,80,147")]
    [InlineData("٣", "--ids: '٣' at position 0 is no token id; write whole numbers such as 1,80,147")]
    public void What_is_no_id_is_named_with_its_position(string text, string expected) =>
        Assert.Equal(expected, Error(CommonOptions.Ids("--ids", ""), "--ids", text));

    [Fact]
    public void Ids_outside_the_vocabulary_are_named_and_others_are_not()
    {
        CommonOptions.CheckIds("--ids", [0, 9], 10);
        UsageException error = Assert.Throws<UsageException>(() => CommonOptions.CheckIds("--ids", [0, 9, 10], 10));
        Assert.Equal("--ids: id 10 at position 2 is outside the model's vocabulary of 10; use ids from 0 to 9", error.Message);
    }

    [Fact]
    public void A_whole_number_has_a_default_and_bounds()
    {
        Option<int> Option() => CommonOptions.WholeNumber("--size", "", byDefault: 5, minimum: 2, maximum: 8);
        Assert.Equal(5, Parse(Option()));
        Assert.Equal(2, Parse(Option(), "--size", "2"));
        Assert.Equal(8, Parse(Option(), "--size=8"));
        foreach (string wrong in new[] { "1", "9", "-3", "3.0", "1e1", "0x3", " ", "１" })
            Assert.Equal($"--size is '{wrong}'; use a whole number, 2 to 8", Error(Option(), "--size", wrong));
    }

    [Fact]
    public void A_number_is_read_the_same_in_every_country()
    {
        Option<float> Option() => CommonOptions.Number("--rate", "", byDefault: 1, value => value > 0, "use more than 0");
        Assert.Equal(1, Parse(Option()));
        Assert.Equal(0.5f, Parse(Option(), "--rate", "0.5"));
        Assert.Equal(1e-3f, Parse(Option(), "--rate", "1e-3"));
        foreach (string wrong in new[] { "0", "-1", "0,5", "1.000,5", "NaN", "-Infinity", "1e40", "one" })
            Assert.Equal($"--rate is '{wrong}'; use more than 0", Error(Option(), "--rate", wrong));
    }

    [Fact]
    public void A_switch_takes_no_value()
    {
        var json = CommonOptions.Json();
        var word = new Argument<string>("WORD");
        ParseResult parsed = new RootCommand { json, word }.Parse(["--json", "false"]);
        Assert.True(parsed.GetValue(json));
        Assert.Equal("false", parsed.GetValue(word));
    }

    [Fact]
    public void Threads_are_null_where_not_given()
    {
        Assert.Null(Parse(CommonOptions.Threads()));
        Assert.Equal(3, Parse(CommonOptions.Threads(), "--threads", "3"));
    }
}
