using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Weft.Cli;

/// <summary>Options that several commands share, and makers of options whose errors name the option, the value and the remedy.</summary>
internal static class CommonOptions
{
    /// <summary>More threads than any machine has cores would only eat memory.</summary>
    private const int MostThreads = 1024;

    /// <summary><c>--threads N</c>; absent means all cores.</summary>
    /// <param name="byDefault">What absent means.</param>
    public static Option<int?> Threads(string byDefault = "all cores") => new("--threads")
    {
        Description = $"Threads that compute (default: {byDefault})",
        HelpName = "N",
        CustomParser = result => Whole(result, 1, MostThreads) is { } value ? (int)value : null,
    };

    /// <summary><c>--threads 1,2</c> of a measurement; null where the option is absent.</summary>
    public static Option<int[]?> ThreadCounts() => new("--threads")
    {
        Description = "Numbers of threads to measure, such as 1,2 (default: 1 and all cores)",
        HelpName = "1,2",
        CustomParser = result =>
        {
            string[] words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
            int[] counts = [.. words.Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0)];
            if (counts.All(count => count is > 0 and <= MostThreads))
                return counts;
            result.AddError($"--threads is '{result.Tokens[0].Value}'; use whole numbers from 1 to {MostThreads}, separated by commas");
            return null;
        },
    };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => Flag("--json", "Print one JSON object on standard output, and nothing else there");

    /// <summary><c>--seed N</c>, 0 to 2^64 - 1.</summary>
    public static Option<ulong> Seed(string description) => new("--seed")
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        CustomParser = result => (ulong)(Whole(result, 0, ulong.MaxValue) ?? 0),
    };

    /// <summary><c>--seed N</c>, any whole number of 64 bits; null where it is not given.</summary>
    public static Option<long?> SeedOfRun(string description) => new("--seed")
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Whole(result, long.MinValue, long.MaxValue) is { } value ? (long)value : null,
    };

    /// <summary>A switch. It takes no value, so that an argument after it is never mistaken for one.</summary>
    public static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int> WholeNumber(string name, string description, int byDefault, int minimum, int maximum = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
        CustomParser = result => (int)(Whole(result, minimum, maximum) ?? byDefault),
    };

    /// <summary>One word of several.</summary>
    public static Option<string> Choice(string name, string description, string byDefault, params IReadOnlyList<string> choices) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', choices),
        DefaultValueFactory = _ => byDefault,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (choices.Contains(text))
                return text;
            result.AddError($"{name} is '{text}'; use {string.Join(", ", choices.SkipLast(1))}{(choices.Count > 1 ? " or " : "")}{choices[^1]}");
            return byDefault;
        },
    };

    /// <summary>A text that may be given several times.</summary>
    public static Option<string[]> Several(string name, string description, string helpName) => new(name)
    {
        Description = $"{description}; may be given several times",
        HelpName = helpName,
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>A number with decimals.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">One line.</param>
    /// <param name="byDefault">Where the option is absent.</param>
    /// <param name="permitted">Tells whether a value may be used.</param>
    /// <param name="remedy">What values may be used, such as "use 0 or more".</param>
    public static Option<float> Number(string name, string description, float byDefault, Predicate<float> permitted, string remedy) => new(name)
    {
        Description = description,
        HelpName = "X",
        DefaultValueFactory = _ => byDefault,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value) && permitted(value))
                return value;
            result.AddError($"{name} is '{text}'; {remedy}");
            return byDefault;
        },
    };

    /// <summary>Token ids separated by commas or spaces; null where the option is absent.</summary>
    public static Option<int[]?> Ids(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "1,2,3",
        CustomParser = result => ReadIds(name, result),
    };

    /// <summary>Token ids as an argument; null where it is absent.</summary>
    public static Argument<int[]?> IdsArgument(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens.Count == 0 ? null : ReadIds(name, result),
    };

    /// <summary>Refuses ids that a vocabulary does not have.</summary>
    /// <exception cref="UsageException">Names the option, the id and its position.</exception>
    public static void CheckIds(string name, ReadOnlySpan<int> ids, int vocabularySize)
    {
        for (int i = 0; i < ids.Length; i++)
            if (ids[i] >= vocabularySize)
                throw new UsageException(
                    $"{name}: id {ids[i]} at position {i} is outside the model's vocabulary of {vocabularySize}; use ids from 0 to {vocabularySize - 1}");
    }

    private static int[]? ReadIds(string name, ArgumentResult result)
    {
        try
        {
            return ParseIds(name, result.Tokens[0].Value);
        }
        catch (UsageException e)
        {
            result.AddError(e.Message);
            return null;
        }
    }

    private static int[] ParseIds(string name, string text)
    {
        string[] pieces = text.Contains(',', StringComparison.Ordinal)
            ? text.Split(',', StringSplitOptions.TrimEntries)
            : text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (text.Trim().Length == 0)
            throw new UsageException($"{name} is empty; write token ids such as 1,80,147");
        int[] ids = new int[pieces.Length];
        for (int i = 0; i < pieces.Length; i++)
            if (!int.TryParse(pieces[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]))
                throw new UsageException($"{name}: '{pieces[i]}' at position {i} is no token id; write whole numbers such as 1,80,147");
        return ids;
    }

    private static Int128? Whole(ArgumentResult result, Int128 minimum, Int128 maximum)
    {
        string text = result.Tokens[0].Value, name = ((OptionResult)result.Parent!).Option.Name;
        if (Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value) && value >= minimum && value <= maximum)
            return value;
        result.AddError($"{name} is '{text}'; use a whole number, "
            + (maximum == int.MaxValue || maximum == ulong.MaxValue ? $"{minimum} or more" : $"{minimum} to {maximum}"));
        return null;
    }
}
