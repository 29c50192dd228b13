using System.CommandLine;

namespace Weft.Cli;

/// <summary>What a command runs with; its streams are arguments, so that tests run it in memory.</summary>
/// <param name="Parsed">Values of its options and arguments.</param>
/// <param name="Cancellation">Set by Ctrl-C and by a request to end.</param>
internal sealed record CommandContext(ParseResult Parsed, CancellationToken Cancellation)
{
    /// <summary>Standard output: results, and nothing else.</summary>
    public TextWriter Output => Parsed.InvocationConfiguration.Output;

    /// <summary>Standard error: progress, warnings, summaries.</summary>
    public TextWriter Error => Parsed.InvocationConfiguration.Error;

    /// <summary>The value of an option, given or by default; null where it has neither.</summary>
    public T Get<T>(Option<T> option) =>
        // The library would make an empty array out of an absent one.
        Parsed.GetResult(option) is null ? default! : Parsed.GetValue(option)!;

    /// <summary>The user wrote the option, whatever its default.</summary>
    public bool IsGiven(Option option) => Parsed.GetResult(option) is { Implicit: false };

    /// <summary>The value of an argument; null where it is optional and absent.</summary>
    public T Get<T>(Argument<T> argument) =>
        Parsed.GetResult(argument) is { Tokens.Count: > 0 } || argument.HasDefaultValue ? Parsed.GetValue(argument)! : default!;
}
