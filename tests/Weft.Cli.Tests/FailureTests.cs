using Weft.Model.Checkpoints;

namespace Weft.Cli.Tests;

public sealed class FailureTests
{
    public static TheoryData<Exception, string, int> Failures => new()
    {
        { new UsageException("--seed is 'x'"), "--seed is 'x'", 2 },
        { new ArgumentException("the prompt is too long", "ids"), "the prompt is too long", 2 },
        { new ArgumentOutOfRangeException("TopP", 2f, "TopP is 2; use less"), "TopP is 2; use less", 2 },
        { new OperationCanceledException(), "cancelled", 130 },
        { new TaskCanceledException(), "cancelled", 130 },
        { new InsufficientMemoryException("the key cache"), "not enough memory: the key cache", 1 },
        { new IOException("the disk is full"), "the disk is full", 1 },
        { new NotFiniteNumberException("training diverged"), "training diverged", 1 },
        { new IOException("No space left", 28), "No space left; free some space or write to another disk", 1 },
        { new FileNotFoundException("no file"), "no file", 1 },
        { new DirectoryNotFoundException("no folder"), "no folder", 1 },
        { new CheckpointException("a.safetensors", "is broken"), "a.safetensors: is broken", 1 },
        { new UnauthorizedAccessException("not yours"), "not yours", 1 },
        { new InvalidDataException("no tokenizer"), "no tokenizer", 1 },
        { new NotSupportedException("unknown"), "unknown", 1 },
        { new AggregateException(new UsageException("inner")), "inner", 2 },
        { new AggregateException(new AggregateException(new IOException("inner"))), "inner", 1 },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Each_kind_of_exception_has_its_message_and_exit_code(Exception exception, string message, int exitCode) =>
        Assert.Equal(new Failure(message, exitCode), Failure.From(exception));

    [Fact]
    public void A_mistake_of_the_program_is_named_and_tells_how_to_see_where()
    {
        foreach (Exception mistake in new Exception[] { new InvalidOperationException("bad state"), new ArgumentNullException("x"), new AggregateException("two", new IOException(), new IOException()) })
        {
            var failure = Failure.From(mistake);
            Assert.Equal(1, failure.ExitCode);
            Assert.StartsWith($"unexpected {mistake.GetType().Name}: ", failure.Message, StringComparison.Ordinal);
            Assert.EndsWith("(set WEFT_TRACE=1 to see where)", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a\nb", "a b")]
    [InlineData("a\r\n  b\r\n", "a b")]
    [InlineData("a\u2028b\u2029c\u0085d", "a b c d")]
    [InlineData("a\u001b[31mb\tc\0d", "a [31mb c d")]
    [InlineData("日本 “x”", "日本 “x”")]
    [InlineData("", "")]
    public void A_message_becomes_one_line(string text, string expected) => Assert.Equal(expected, Failure.OneLine(text));

    [Fact]
    public void A_long_message_keeps_its_beginning_and_its_end()
    {
        string line = Failure.OneLine($"begin {new string('x', 100_000)} end");
        Assert.InRange(line.Length, 1000, 2100);
        Assert.StartsWith("begin ", line, StringComparison.Ordinal);
        Assert.EndsWith(" end", line, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_is_one_line()
    {
        using var error = new StringWriter();
        new Failure("no model", Failure.Error).Report(error, new IOException("no model"));
        Assert.Equal($"error: no model{Environment.NewLine}", error.ToString());
    }
}
