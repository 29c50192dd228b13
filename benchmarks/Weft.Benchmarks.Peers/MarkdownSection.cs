using System.CommandLine;
using Weft.Cli;

namespace Weft.Benchmarks.Peers;

/// <summary>A part of a Markdown file between two comments, which the next measurement replaces.</summary>
internal static class MarkdownSection
{
    private const string Name = "--write";

    /// <summary><c>--write FILE</c>.</summary>
    public static Option<string?> Option() => new(Name)
    {
        Description = "Put the result into this Markdown file too, in place of that of the last measurement",
        HelpName = "FILE",
    };

    /// <summary>Refuses a file that is not there before anything is measured.</summary>
    /// <exception cref="UsageException">There is no such file.</exception>
    public static void Check(string? path)
    {
        if (path is not null && !File.Exists(path))
            throw new UsageException($"{Name} is '{path}', which does not exist; give a Markdown file such as benchmarks/RESULTS.md");
    }

    /// <summary>Prints a result, and writes it where that was asked for.</summary>
    /// <param name="context">With the output.</param>
    /// <param name="path">A Markdown file, or null.</param>
    /// <param name="section">What the comments call it.</param>
    /// <param name="text">With its heading.</param>
    public static void Publish(CommandContext context, string? path, string section, string text)
    {
        context.Output.WriteLine(text.TrimEnd());
        if (path is not null)
            AtomicFile.WriteText(path, Replace(File.ReadAllText(path), section, text));
    }

    /// <summary>The document with the section in it: in place of the old one, or at the end.</summary>
    public static string Replace(string document, string section, string text)
    {
        string begin = $"<!-- peers: {section} -->", end = $"<!-- end of peers: {section} -->", whole = $"{begin}\n{text.Trim()}\n{end}";
        int from = document.IndexOf(begin, StringComparison.Ordinal), to = document.IndexOf(end, StringComparison.Ordinal);
        return from >= 0 && to > from ? $"{document[..from]}{whole}{document[(to + end.Length)..]}" : $"{document.TrimEnd()}\n\n{whole}\n";
    }
}
