namespace Weft.Cli;

/// <summary>How a failed command ends: one line on standard error, and an exit code.</summary>
/// <param name="Message">One line, without "error: ".</param>
/// <param name="ExitCode">0 is success.</param>
internal sealed record Failure(string Message, int ExitCode)
{
    /// <summary>The command could not be carried out.</summary>
    public const int Error = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C: 128 and the signal's number, as shells have it.</summary>
    public const int Cancelled = 130;

    /// <summary>What reads the output has gone: 128 and the number of SIGPIPE.</summary>
    public const int BrokenPipe = 141;

    /// <summary>Name of the environment variable that asks for stack traces.</summary>
    public const string TraceVariable = "WEFT_TRACE";

    private const int LongestMessage = 2000;

    /// <summary>ENOSPC.</summary>
    private const int DiskFull = 28;

    /// <summary>ERROR_DISK_FULL as a result code.</summary>
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>The failure that an exception stands for.</summary>
    public static Failure From(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var inner] } => From(inner),
        UsageException => new(OneLine(exception.Message), Usage),
        // Options that a library refuses; a null argument is never the user's doing.
        ArgumentException and not ArgumentNullException => new(OneLine(WithoutParameter((ArgumentException)exception)), Usage),
        OperationCanceledException => new("cancelled", Cancelled),
        OutOfMemoryException => new($"not enough memory: {OneLine(exception.Message)}", Error),
        IOException { HResult: DiskFull or DiskFullOnWindows } => new($"{OneLine(exception.Message)}; free some space or write to another disk", Error),
        // CheckpointException is an IOException too.
        IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException or NotFiniteNumberException => new(OneLine(exception.Message), Error),
        _ => new($"unexpected {exception.GetType().Name}: {OneLine(exception.Message)} (set {TraceVariable}=1 to see where)", Error),
    };

    /// <summary>Prints the line; with <see cref="TraceVariable"/> set to 1, where it came from too.</summary>
    public void Report(TextWriter error, Exception exception)
    {
        error.WriteLine($"error: {Message}");
        if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
            error.WriteLine(exception);
        error.Flush();
    }

    /// <summary>Breaks become spaces, so that a message with a file's contents in it stays one line.</summary>
    public static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split(['\r', '\n', '\u2028', '\u2029', '\u0085'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= LongestMessage ? line : $"{line[..(LongestMessage / 2)]} … {line[^(LongestMessage / 2)..]}";
    }

    /// <summary>.NET appends names of parameters and values, which mean nothing to who typed a command.</summary>
    private static string WithoutParameter(ArgumentException exception)
    {
        string message = exception.Message;
        foreach (string appendix in new[] { $" (Parameter '{exception.ParamName}')", $"{Environment.NewLine}Actual value was " })
            if (message.LastIndexOf(appendix, StringComparison.Ordinal) is > 0 and var at)
                message = message[..at];
        return message;
    }
}
