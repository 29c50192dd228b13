using System.CommandLine;

namespace Weft.Cli.Tests;

/// <summary>Mistakes on a command line of a tool made up for the purpose.</summary>
public sealed class ParseFailureTests
{
    private static string? Describe(params string[] words)
    {
        var root = DocumentedCommand.CreateRoot("loom", "A tool",
            new DocumentedCommand("weave", "Weaves")
            {
                Arguments = { new Argument<string>("CLOTH") },
                Options = { CommonOptions.WholeNumber("--threads-per-inch", "", 10, 1), CommonOptions.Flag("--red", ""), new Option<string>("--name") { Required = true } },
            },
            new DocumentedCommand("dye", "Dyes"));
        return ParseFailure.Describe(root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false }), root.HelpName!);
    }

    [Fact]
    public void A_right_command_line_is_no_failure()
    {
        Assert.Null(Describe("weave", "silk", "--name", "a", "--red"));
        Assert.Null(Describe("weave", "--name=a", "--", "--rde"));
        Assert.Null(Describe("dye"));
        Assert.Null(Describe());
    }

    [Theory]
    [InlineData("unknown command 'weav'; did you mean 'weave'?", "weav")]
    [InlineData("unknown command 'spin'; see 'loom --help'", "spin")]
    [InlineData("unexpected argument 'spin'; put a value that holds spaces in quotes, or see 'loom dye --help'", "spin", "dye")]
    [InlineData("unknown command '[suggest:3]'; see 'loom --help'", "[suggest:3]")]
    [InlineData("unknown option '--rde' of 'loom weave'; did you mean '--red'?", "weave", "silk", "--name", "a", "--rde")]
    [InlineData("unknown option '--threads' of 'loom weave'; did you mean '--threads-per-inch'?", "weave", "silk", "--name", "a", "--threads=3")]
    [InlineData("unknown option '--hepl' of 'loom'; did you mean '--help'?", "--hepl")]
    [InlineData("unknown option '-x' of 'loom dye'; see 'loom dye --help'", "dye", "-x")]
    [InlineData("CLOTH is missing; see 'loom weave --help'", "weave", "--name", "a")]
    [InlineData("unexpected argument 'wool'; put a value that holds spaces in quotes, or see 'loom weave --help'", "weave", "silk", "wool", "--name", "a")]
    [InlineData("unexpected argument 'silk'; put a value that holds spaces in quotes, or see 'loom dye --help'", "dye", "silk")]
    [InlineData("option '--name' needs a value; see 'loom weave --help'", "weave", "silk", "--name")]
    [InlineData("option '--name' is given 2 times; give it once", "weave", "silk", "--name", "a", "--name", "b")]
    [InlineData("--threads-per-inch is '0'; use a whole number, 1 or more", "weave", "silk", "--name", "a", "--threads-per-inch", "0")]
    [InlineData("option '--name' is missing; see 'loom weave --help'", "weave", "silk")]
    public void A_mistake_becomes_one_line_with_a_remedy(string expected, params string[] words) => Assert.Equal(expected, Describe(words));

    [Fact]
    public void A_mistyped_option_is_not_taken_for_an_argument() =>
        Assert.Equal("unknown option '--rde' of 'loom weave'; did you mean '--red'?", Describe("weave", "--rde", "--name", "a"));

    [Theory]
    [InlineData("-5")]
    [InlineData("--")]
    [InlineData("-")]
    [InlineData("—x")]
    public void What_looks_like_no_option_is_none(string word) => Assert.DoesNotContain("unknown option", Describe("weave", word, "--name", "a") ?? "", StringComparison.Ordinal);
}
