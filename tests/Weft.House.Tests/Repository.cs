using System.Diagnostics;

namespace Weft.House.Tests;

/// <summary>The repository's files, as paths relative to its root with forward slashes.</summary>
internal static class Repository
{
    private static readonly string[] OutputFolders = ["bin", "obj", ".git", "artifacts", "TestResults", "runs"];

    public static string Root => TestAssets.RepositoryRoot;

    /// <summary>Tracked and new files, without those that git ignores.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. (FromGit() ?? FromDisk()).Where(path => File.Exists(FullPath(path))).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> SourceFiles =>
        Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal) && path.Split('/')[0] is "src" or "tests" or "samples" or "benchmarks");

    public static string FullPath(string path) => Path.Combine(Root, path);

    public static string Relative(string fullPath) => Path.GetRelativePath(Root, fullPath).Replace('\\', '/');

    /// <summary>The text of a file; null where it is binary.</summary>
    public static string? ReadText(string path)
    {
        byte[] bytes = File.ReadAllBytes(FullPath(path));
        return bytes.AsSpan(0, Math.Min(bytes.Length, 8000)).Contains((byte)0) ? null : System.Text.Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A document that must exist; the failure says so rather than which call failed.</summary>
    public static string RequireText(string path)
    {
        Assert.True(File.Exists(FullPath(path)), $"{path} does not exist yet; the repository must have it");
        return File.ReadAllText(FullPath(path));
    }

    private static string[]? FromGit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            {
                WorkingDirectory = Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = git.StandardError.ReadToEndAsync();
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            errors.Wait();
            return git.ExitCode == 0 ? output.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git on this machine, or a source archive: the folders are read instead.
            return null;
        }
    }

    private static IEnumerable<string> FromDisk() => Enumerate(new DirectoryInfo(Root)).Select(file => Relative(file.FullName));

    private static IEnumerable<FileInfo> Enumerate(DirectoryInfo folder) =>
        folder.EnumerateFiles().Concat(folder.EnumerateDirectories().Where(inner => !OutputFolders.Contains(inner.Name)).SelectMany(Enumerate));
}
