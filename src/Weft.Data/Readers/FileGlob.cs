using System.IO.Enumeration;

namespace Weft.Data;

/// <summary>Files by pattern: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders.</summary>
internal static class FileGlob
{
    private static readonly string[] BuildOutputs = ["bin", "obj"];

    private static ReadOnlySpan<char> Wildcards => "*?";

    public static bool IsGlob(string path) => path.AsSpan().ContainsAny(Wildcards);

    /// <summary>The files that match; one that matches in several ways comes several times.</summary>
    public static IEnumerable<string> Match(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] segments = pattern[root.Length..].Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        return Match(root, segments);
    }

    /// <summary>All files in a folder and its subfolders, without hidden ones, build outputs and linked folders.</summary>
    public static IEnumerable<string> FilesBelow(string folder) =>
        Files(folder, "*").Concat(Folders(folder, "*").SelectMany(FilesBelow));

    private static IEnumerable<string> Match(string folder, ReadOnlyMemory<string> segments)
    {
        if (segments.IsEmpty)
            return [];
        string segment = segments.Span[0];
        ReadOnlyMemory<string> rest = segments[1..];
        if (segment == "**")
            return rest.IsEmpty
                ? FilesBelow(folder)
                : Match(folder, rest).Concat(Folders(folder, "*").SelectMany(below => Match(below, segments)));
        if (rest.IsEmpty)
            return Files(folder, segment);
        return IsGlob(segment)
            ? Folders(folder, segment).SelectMany(below => Match(below, rest))
            : Match(Path.Combine(folder, segment), rest);
    }

    private static IEnumerable<string> Files(string folder, string name) =>
        Entries(folder, name, static info => info.EnumerateFiles());

    private static IEnumerable<string> Folders(string folder, string name) =>
        Entries(folder, name, static info => info.EnumerateDirectories()
            // A link may lead back to a folder above.
            .Where(below => (below.Attributes & FileAttributes.ReparsePoint) == 0 && !BuildOutputs.Contains(below.Name)));

    private static IEnumerable<string> Entries(
        string folder, string name, Func<DirectoryInfo, IEnumerable<FileSystemInfo>> list)
    {
        var info = new DirectoryInfo(folder.Length == 0 ? "." : folder);
        if (!info.Exists)
            return [];
        bool hidden = name.StartsWith('.');
        return list(info)
            .Where(entry => hidden || (!entry.Name.StartsWith('.') && (entry.Attributes & FileAttributes.Hidden) == 0))
            .Where(entry => FileSystemName.MatchesSimpleExpression(name, entry.Name, ignoreCase: OperatingSystem.IsWindows()))
            .Select(entry => Path.Combine(folder, entry.Name));
    }
}
