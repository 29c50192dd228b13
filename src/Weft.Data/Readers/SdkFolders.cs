using System.Runtime.InteropServices;

namespace Weft.Data;

/// <summary>Where the reference packs of a .NET SDK lie on this machine.</summary>
internal static class SdkFolders
{
    private static readonly string[] Packs = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    /// <summary>Folders that may hold an SDK's <c>packs</c>: the running one first.</summary>
    public static IReadOnlyList<string> DotnetRoots()
    {
        var roots = new List<string?>
        {
            // <root>/shared/Microsoft.NETCore.App/<version>/
            Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(
                Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory())))),
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            FolderOfDotnet(Environment.ProcessPath),
        };
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            if (folder.Length > 0)
                roots.Add(FolderOfDotnet(Path.Combine(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet")));
        return [.. roots.OfType<string>().Where(root => root.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>NuGet's global packages folder.</summary>
    public static string PackageFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>The files of each pack from the first place that has any.</summary>
    public static IReadOnlyList<string> FindFiles(IReadOnlyList<string> dotnetRoots, string packageFolder)
    {
        var found = new List<string>();
        foreach (string pack in Packs)
        {
            IEnumerable<string> places = dotnetRoots.Select(root => Path.Combine(root, "packs", pack))
                // NuGet folds package names to lower case; CA1308 wants upper case, which names no folder.
#pragma warning disable CA1308
                .Append(Path.Combine(packageFolder, pack.ToLowerInvariant()));
#pragma warning restore CA1308
            found.AddRange(places.Select(NewestFiles).FirstOrDefault(files => files.Length > 0) ?? []);
        }
        if (found.Count == 0)
            throw new FileNotFoundException($"no API documentation of {string.Join(" or ", Packs)} under "
                + $"{string.Join(", ", dotnetRoots.Select(root => Path.Combine(root, "packs")).Append(packageFolder))}; "
                + "train on your own text with --text PATH, or install Microsoft's .NET SDK");
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static string[] NewestFiles(string pack)
    {
        if (!Directory.Exists(pack))
            return [];
        // 9.0.2 comes before 10.0.0-rc.1, which comes before 10.0.0.
        IEnumerable<string> newestFirst = Directory.GetDirectories(pack)
            .OrderByDescending(folder => NumberOf(Path.GetFileName(folder)))
            .ThenBy(folder => Path.GetFileName(folder).Contains('-', StringComparison.Ordinal))
            .ThenByDescending(folder => folder, StringComparer.Ordinal);
        foreach (string version in newestFirst)
        {
            string references = Path.Combine(version, "ref");
            string[] files = Directory.Exists(references)
                ? [.. Directory.GetDirectories(references).SelectMany(framework => Directory.GetFiles(framework, "*.xml"))]
                : [];
            if (files.Length > 0)
                return files;
        }
        return [];
    }

    private static Version NumberOf(string version) =>
        Version.TryParse(version.Split('-')[0], out Version? number) ? number : new Version(0, 0);

    private static string? FolderOfDotnet(string? executable)
    {
        if (executable is null || !File.Exists(executable)
            || !string.Equals(Path.GetFileNameWithoutExtension(executable), "dotnet", StringComparison.OrdinalIgnoreCase))
            return null;
        return Path.GetDirectoryName(File.ResolveLinkTarget(executable, returnFinalTarget: true)?.FullName ?? executable);
    }
}
