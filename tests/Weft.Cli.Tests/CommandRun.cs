using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace Weft.Cli.Tests;

/// <summary>A command run in memory, and what it left.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as one JSON document; nothing may stand around it but the end of its line.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.True(ExitCode == 0, Error);
            Assert.EndsWith("}" + Environment.NewLine, Output, StringComparison.Ordinal);
            return JsonDocument.Parse(Output).RootElement;
        }
    }

    public static CommandRun Of(params IReadOnlyList<string> args) => Of(new StringWriter(), args, TestContext.Current.CancellationToken);

    /// <summary>With a standard input of its own.</summary>
    public static CommandRun With(string input, params IReadOnlyList<string> args) => With(new MemoryStream(Encoding.UTF8.GetBytes(input)), args);

    public static CommandRun With(Stream input, params IReadOnlyList<string> args) =>
        Of(WeftTool.CreateRoot(() => input), new StringWriter(), args, TestContext.Current.CancellationToken);

    public static CommandRun Of(StringWriter output, IReadOnlyList<string> args, CancellationToken ct) => Of(WeftTool.CreateRoot(), output, args, ct);

    private static CommandRun Of(RootCommand root, StringWriter output, IReadOnlyList<string> args, CancellationToken ct)
    {
        using var error = new StringWriter();
        int exitCode = CommandLineProgram.Run(root, args, output, error, ct);
        return new(exitCode, output.ToString(), error.ToString());
    }

    public string OutputOfSuccess()
    {
        Assert.True(ExitCode == 0, Error);
        return Output;
    }

    /// <summary>The failure's message: one line on standard error without a stack trace, and nothing on standard output.</summary>
    public string Refusal(int exitCode)
    {
        Assert.Equal("", Output);
        Assert.StartsWith("error: ", Error, StringComparison.Ordinal);
        string[] lines = Error.ReplaceLineEndings("\n").Split('\n');
        Assert.True(lines is [_, ""], $"one line was expected:\n{Error}");
        Assert.DoesNotContain(" at Weft.", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, ExitCode);
        return lines[0]["error: ".Length..];
    }

    public static IEnumerable<string> Keys(JsonElement json) => json.EnumerateObject().Select(property => property.Name);
}
