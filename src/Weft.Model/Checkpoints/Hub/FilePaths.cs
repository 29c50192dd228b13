namespace Weft.Model.Checkpoints.Hub;

/// <summary>Paths of files inside a repository. They come from a server, so they are checked before one becomes a path on the disk.</summary>
internal static class FilePaths
{
    private const int LongestPath = 1024;

    /// <summary>Refuses what would leave the snapshot's folder or mean something else on another system.</summary>
    /// <exception cref="HubException">Shows the path.</exception>
    public static void Check(string path)
    {
        bool fit = path.Length is > 0 and <= LongestPath
            && !path.Any(c => char.IsControl(c) || c is '\\' or '\u2028' or '\u2029' || (OperatingSystem.IsWindows() && c is ':' or '<' or '>' or '"' or '|' or '?' or '*'))
            && path.Split('/').All(part => part is not ("" or "." or ".."))
            && !Path.IsPathRooted(path);
        if (!fit)
            throw new HubException($"file '{path}'", "has a name that is not safe to write; the server is not to be trusted, or choose other files");
    }

    /// <summary>The path as part of an address.</summary>
    public static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
