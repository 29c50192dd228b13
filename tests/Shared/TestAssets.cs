using System.Runtime.CompilerServices;

namespace Weft.Tests;

/// <summary>Finds models, vectors and data sets that others made. They lie outside the repository, so a user's clone skips.</summary>
internal static class TestAssets
{
    /// <summary>The repository's root: the folder that holds Weft.slnx.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Full path of an asset, or a skipped test that says which asset is missing and how to provide it.</summary>
    public static string Require(string relativePath)
    {
        string folder = Environment.GetEnvironmentVariable("WEFT_ASSETS")
            ?? Path.Combine(RepositoryRoot, "..", "shared", "assets");
        string path = Path.GetFullPath(Path.Combine(folder, relativePath));
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path),
            $"asset '{relativePath}' is absent; set WEFT_ASSETS to the folder that holds it");
        return path;
    }

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile)! })
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Weft.slnx")))
                    return folder.FullName;
        throw new DirectoryNotFoundException("Weft.slnx was not found above the test's output folder");
    }
}
