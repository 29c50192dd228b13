using System.CommandLine;
using System.CommandLine.Parsing;

namespace Weft.Cli;

/// <summary>Turns what the parser found wrong into one line that names the word and the remedy.</summary>
internal static class ParseFailure
{
    /// <summary>The first mistake of a command line; null where there is none.</summary>
    /// <param name="parsed">What the parser made of it.</param>
    /// <param name="tool">The tool's name.</param>
    public static string? Describe(ParseResult parsed, string tool)
    {
        Command command = parsed.CommandResult.Command;
        string called = Called(parsed.CommandResult, tool);
        string help = $"see '{called} --help'";
        if (UnknownOption(parsed) is { } option)
            return $"unknown option '{option}' of '{called}'; {Suggest(option, OptionNames(parsed), help)}";
        if (parsed.Tokens.FirstOrDefault(token => token.Type == TokenType.Directive) is { } directive)
            return $"unknown command '{directive.Value}'; {help}";
        if (parsed.UnmatchedTokens is [var word, ..])
            return command.Subcommands.Count > 0
                ? $"unknown command '{word}'; {Suggest(word, command.Subcommands.Select(known => known.Name), help)}"
                : $"unexpected argument '{word}'; put a value that holds spaces in quotes, or {help}";
        return parsed.Errors is [var error, ..] ? Describe(error, help) : null;
    }

    /// <summary>The tool's name and the words of the command.</summary>
    private static string Called(CommandResult result, string tool) =>
        result.Parent is CommandResult parent ? $"{Called(parent, tool)} {result.Command.Name}" : tool;

    private static string Describe(ParseError error, string help) => error.SymbolResult switch
    {
        OptionResult { IdentifierToken: null } result => $"option '{result.Option.Name}' is missing; {help}",
        OptionResult { Tokens.Count: 0 } result => $"option '{result.Option.Name}' needs a value; {help}",
        OptionResult { Tokens.Count: > 1 } result => $"option '{result.Option.Name}' is given {result.Tokens.Count} times; give it once",
        ArgumentResult { Tokens.Count: 0 } result => $"{result.Argument.Name} is missing; {help}",
        CommandResult result when MissingArgument(result) is { } argument => $"{argument} is missing; {help}",
        // Own parsers of values write complete messages; the library's end with a full stop.
        _ => error.Message.EndsWith('.') ? $"{error.Message.TrimEnd('.')}; {help}" : error.Message,
    };

    private static string? MissingArgument(CommandResult result) => result.Command.Arguments
        .Where(argument => argument.Arity.MinimumNumberOfValues > 0 && result.GetResult(argument) is not { Tokens.Count: > 0 })
        .Select(argument => argument.Name)
        .FirstOrDefault();

    /// <summary>
    /// A word that looks like an option, taken for an argument: the parser lets a mistyped option fill any free place, and an option
    /// that takes several values swallow it. After <c>--</c> everything is an argument.
    /// </summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        HashSet<Token> ofOptions = [.. Results(parsed).OfType<OptionResult>()
            .Where(result => !result.Option.AllowMultipleArgumentsPerToken).SelectMany(result => result.Tokens)];
        return parsed.Tokens
            .TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && !ofOptions.Contains(token))
            .Select(token => token.Value.Split('=')[0])
            .FirstOrDefault(LooksLikeOption);
    }

    private static IEnumerable<SymbolResult> Results(ParseResult parsed)
    {
        for (CommandResult? result = parsed.CommandResult; result is not null; result = result.Parent as CommandResult)
            foreach (SymbolResult child in result.Children)
                yield return child;
    }

    private static bool LooksLikeOption(string word)
    {
        string name = word.StartsWith("--", StringComparison.Ordinal) ? word[2..] : word.StartsWith('-') ? word[1..] : "";
        return name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
    }

    private static IEnumerable<string> OptionNames(ParseResult parsed) => parsed.CommandResult.Command.Options
        .Concat(parsed.RootCommandResult.Command.Options.Where(option => option.Recursive || parsed.CommandResult.Command is RootCommand))
        .Select(option => option.Name);

    private static string Suggest(string word, IEnumerable<string> known, string help) =>
        Spelling.Closest(word, known) is { } closest ? $"did you mean '{closest}'?" : help;
}
