namespace Weft.Model.Checkpoints.Hub;

/// <summary>
/// A repository in the cache that huggingface_hub and Weft share. Its layout is that of huggingface_hub's file_download.py:
/// <c>blobs/{etag}</c> holds content, <c>snapshots/{commit}/{path}</c> links to it, <c>refs/{revision}</c> holds a commit, and
/// <c>.locks/{repository}/{etag}.lock</c> beside the repositories is locked by who writes a blob, with flock on Unix, as
/// <see cref="FileShare.None"/> does.
/// </summary>
/// <param name="root">Folder of the cache.</param>
/// <param name="repository">A checked name.</param>
internal sealed class RepositoryCache(string root, string repository)
{
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows.</summary>
    private static readonly int[] LockedResults = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    private readonly string _folder = Path.Combine(root, FolderName(repository));

    public string Blobs => Path.Combine(_folder, "blobs");

    public string Blob(string etag) => Path.Combine(Blobs, etag);

    public string Snapshot(string commit) => Path.Combine(_folder, "snapshots", commit);

    /// <summary>Length of a snapshot's file; null where it is absent or links to nothing.</summary>
    public long? SizeInSnapshot(string commit, string path) => SizeOf(Pointer(commit, path));

    /// <summary>Length of a blob; null where it is absent.</summary>
    public long? SizeOfBlob(string etag) => SizeOf(Blob(etag));

    /// <summary>Bytes of a blob that an earlier run left; 0 where it left none.</summary>
    public long SizeOfPartial(string etag) => new FileInfo(Partial(etag)) is { Exists: true } partial ? partial.Length : 0;

    public string Partial(string etag) => Blob(etag) + ".incomplete";

    /// <summary>Waits until nobody else writes the blob; calls <paramref name="waiting"/> once, where somebody does.</summary>
    public async Task<IDisposable> LockAsync(string etag, Action waiting, CancellationToken ct)
    {
        string path = Path.Combine(root, ".locks", FolderName(repository), $"{etag}.lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (LockedResults.Contains(e.HResult))
            {
                if (!told)
                    waiting();
            }
            await Task.Delay(LockInterval, ct).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Gives a blob its name in a snapshot: a relative link, or where the system permits none the blob itself, moved if it is new
    /// and copied if other snapshots may link to it (<c>_create_symlink</c>).
    /// </summary>
    public void Link(RemoteFile file, string commit, bool isNew, bool linksAllowed)
    {
        string pointer = Pointer(commit, file.Path), blob = Blob(file.Etag);
        if (SizeOf(pointer) == file.Size)
            return;
        string folder = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(folder);
        // A link whose blob has gone.
        File.Delete(pointer);
        if (linksAllowed && TryLink(pointer, Path.GetRelativePath(folder, blob)))
            return;
        if (!isNew)
        {
            string copy = $"{pointer}.{Guid.NewGuid():N}.tmp";
            File.Copy(blob, copy);
            blob = copy;
        }
        File.Move(blob, pointer, overwrite: true);
    }

    /// <summary>Notes which commit a branch or a tag is, unless it is the commit itself.</summary>
    public void WriteReference(string revision, string commit)
    {
        if (revision != commit)
            AtomicFile.WriteText(Reference(revision), commit);
    }

    /// <summary>Folder of a revision's snapshot; null where there is none.</summary>
    public string? FindSnapshot(string revision)
    {
        string reference = Reference(revision);
        string commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : revision;
        return RepositoryName.IsCommit(commit) && Directory.Exists(Snapshot(commit)) ? Snapshot(commit) : null;
    }

    private static string FolderName(string repository) => $"models--{repository.Replace("/", "--", StringComparison.Ordinal)}";

    private string Pointer(string commit, string path) => Path.Combine([Snapshot(commit), .. path.Split('/')]);

    private string Reference(string revision) => Path.Combine([_folder, "refs", .. revision.Split('/')]);

    /// <summary>Through links, which <see cref="FileInfo"/> does not follow, and <see cref="File.Exists"/> only as far as the link.</summary>
    private static long? SizeOf(string path)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.GetLength(handle);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool TryLink(string pointer, string target)
    {
        try
        {
            File.CreateSymbolicLink(pointer, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
