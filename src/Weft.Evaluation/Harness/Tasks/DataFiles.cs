using System.IO.Enumeration;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>Finds the file of a split in a folder of data sets or in the folders inside it, plain or with .gz; for one of JSON lines a Parquet file may stand.</summary>
internal static class DataFiles
{
    private const string Objects = ".jsonl", Packed = ".parquet";

    /// <summary>How deep the folders are that are searched.</summary>
    private const int Depth = 2;

    /// <summary>Names of a split's files, the best first: those of published splits, then the task's own name alone, then with anything between it and the ending.</summary>
    /// <param name="name">Of the data set.</param>
    /// <param name="splits">Such as test.</param>
    public static IReadOnlyList<string> Named(string name, params IReadOnlyList<string> splits) => [.. splits.Select(split => $"{name}.{split}.jsonl"), $"{name}.jsonl", $"{name}.*.jsonl"];

    /// <summary>The file.</summary>
    /// <param name="folder">Where data sets lie.</param>
    /// <param name="patterns">Names, the best first; they may have folders and stars.</param>
    /// <param name="purpose">What it is for, such as "task piqa".</param>
    /// <param name="excluded">The file of another split, which a star would match too; null for none.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">Several match equally well.</exception>
    public static string Find(string folder, IReadOnlyList<string> patterns, string purpose, IReadOnlyList<string> excluded)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"folder '{folder}' does not exist; give the folder that holds the data sets");
        foreach (string pattern in patterns)
        {
            string[] found = Match(folder, pattern);
            if (pattern.Contains('*', StringComparison.Ordinal))
                found = [.. found.Where(file => !excluded.Any(other => Matches(Path.GetFileName(other), file)))];
            if (found.Length == 1)
                return found[0];
            if (found.Length > 1)
                throw new InvalidDataException($"{purpose} could read '{found[0]}' or '{found[1]}'; leave one of them in '{folder}'");
        }
        throw new FileNotFoundException(
            $"folder '{folder}' has no file for {purpose}; put {string.Join(" or ", patterns.Select(pattern => $"'{pattern}'"))} "
            + $"there, plain{(patterns.Any(pattern => pattern.EndsWith(Objects, StringComparison.Ordinal)) ? ", as .parquet" : "")} or with .gz, or in a folder inside");
    }

    private static string[] Match(string folder, string pattern)
    {
        string inner = Path.GetDirectoryName(pattern) ?? "", name = Path.GetFileName(pattern);
        return [.. Below(folder, Depth)
            .Select(place => Path.Combine(place, inner))
            .Where(Directory.Exists)
            .SelectMany(Directory.GetFiles)
            .Where(file => Matches(name, file))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>A folder and those inside, as deep as asked.</summary>
    private static IEnumerable<string> Below(string folder, int depth) =>
        depth == 0 ? [folder] : Directory.GetDirectories(folder).SelectMany(inner => Below(inner, depth - 1)).Prepend(folder);

    private static bool Matches(string pattern, string file) =>
        FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file), ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression($"{pattern}.gz", Path.GetFileName(file), ignoreCase: false)
        || (pattern.EndsWith(Objects, StringComparison.Ordinal) && FileSystemName.MatchesSimpleExpression(pattern[..^Objects.Length] + Packed, Path.GetFileName(file), ignoreCase: false));
}
