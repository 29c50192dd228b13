namespace Weft.Model.Checkpoints.Hub;

/// <summary>How far a download is.</summary>
/// <param name="File">Path of the file inside the repository.</param>
/// <param name="Bytes">Bytes that are there, those of an earlier run included.</param>
/// <param name="Total">Bytes of the file.</param>
public readonly record struct DownloadProgress(string File, long Bytes, long Total)
{
    /// <summary>Another process downloads the same file, and is waited for.</summary>
    public bool IsWaiting { get; init; }
}

/// <summary>A revision of a repository on the disk.</summary>
/// <param name="Folder">Holds the files under their own names.</param>
/// <param name="Commit">The revision's git commit.</param>
/// <param name="Files">Those that were asked for.</param>
public sealed record HubSnapshot(string Folder, string Commit, IReadOnlyList<HubFile> Files);

/// <summary>A file of a snapshot.</summary>
/// <param name="Path">Inside the repository, with slashes.</param>
/// <param name="Size">In bytes.</param>
/// <param name="WasThere">Nothing had to be downloaded.</param>
public sealed record HubFile(string Path, long Size, bool WasThere);
