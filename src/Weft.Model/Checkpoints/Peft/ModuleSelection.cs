using System.Text.Json;
using System.Text.RegularExpressions;
using Weft.Model.Checkpoints.HuggingFace;

namespace Weft.Model.Checkpoints.Peft;

/// <summary>Modules that a key of adapter_config.json names: ends of their names in a list, or a regular expression for the whole name.</summary>
internal sealed class ModuleSelection
{
    /// <summary>Every linear module but the head.</summary>
    private const string AllLinear = "all-linear";

    private readonly IReadOnlyList<string> _ends;
    private readonly ModulePattern? _pattern;

    private ModuleSelection(IReadOnlyList<string> ends, ModulePattern? pattern)
    {
        _ends = ends;
        _pattern = pattern;
    }

    /// <summary>Null where the key leaves the choice to the tensors.</summary>
    public static ModuleSelection? Read(ConfigReader config, string key)
    {
        if (!config.Has(key))
            return null;
        if (config.ReadElement(key).ValueKind != JsonValueKind.String)
            return config.ReadTextList(key) is { Count: > 0 } ends ? new(ends, null) : null;
        string text = config.ReadText(key)!;
        return text == AllLinear ? null : new([], ModulePattern.Whole(config.File, key, text));
    }

    /// <summary>The module is among them.</summary>
    public bool Has(string module) => _pattern?.Matches(module)
        ?? _ends.Any(end => module == end || module.EndsWith($".{end}", StringComparison.Ordinal));
}

/// <summary>A regular expression of a config: a stranger's, so its time is bounded.</summary>
internal sealed class ModulePattern
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    private readonly string _file;
    private readonly string _key;
    private readonly string _text;
    private readonly Regex _regex;

    private ModulePattern(string file, string key, string text, string expression)
    {
        _file = file;
        _key = key;
        _text = text;
        try
        {
            _regex = new Regex(expression, RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException(file, $"key '{key}' has the pattern '{text}', which is no regular expression; correct it", e);
        }
    }

    /// <summary>Matches the whole name.</summary>
    public static ModulePattern Whole(string file, string key, string text) => new(file, key, text, $@"\A(?:{text})\z");

    /// <summary>Matches the whole name, or what follows one of its dots.</summary>
    public static ModulePattern End(string file, string key, string text) => new(file, key, text, $@"\A(?:.*\.)?(?:{text})\z");

    /// <summary>The module is meant.</summary>
    /// <exception cref="CheckpointException">The answer takes too long.</exception>
    public bool Matches(string module)
    {
        try
        {
            return _regex.IsMatch(module);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new CheckpointException(_file, $"key '{_key}' has the pattern '{_text}', which takes too long on '{module}'; write it more simply", e);
        }
    }
}
