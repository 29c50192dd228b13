namespace Weft.Model.Checkpoints.Hub;

/// <summary>
/// Downloads models from the Hugging Face Hub, or from a server that speaks as it does, into the cache that Python's
/// huggingface_hub uses: either finds what the other has downloaded. Source: huggingface_hub's file_download.py and
/// _snapshot_download.py.
/// </summary>
public sealed class HubClient : IDisposable
{
    private readonly HubOptions _options;
    private readonly HubConnection _connection;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="options">Where from and where to; <see cref="HubOptions.FromEnvironment"/> makes the usual ones.</param>
    public HubClient(HubOptions options)
    {
        _options = options;
        _connection = new(options);
    }

    /// <summary>The text may name a repository: <c>owner/name</c>, or <c>name</c> as the oldest models have it.</summary>
    public static bool IsRepositoryName(string text) => RepositoryName.IsValid(text);

    /// <summary>Finds a snapshot on the disk; asks no server.</summary>
    /// <param name="cacheFolder">Folder of the cache, as <see cref="HubOptions.CacheFolderOf"/> tells it.</param>
    /// <param name="repository"><c>owner/name</c>.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <returns>The snapshot's folder, which need not hold every file; null where there is none or the name is none.</returns>
    public static string? FindSnapshot(string cacheFolder, string repository, string revision = "main")
    {
        RepositoryName.CheckRevision(revision);
        return RepositoryName.IsValid(repository) ? new RepositoryCache(cacheFolder, repository).FindSnapshot(revision) : null;
    }

    /// <summary>
    /// Downloads files of one revision, each checked by its checksum. What is in the cache is not downloaded again; what an
    /// earlier run left half done is continued.
    /// </summary>
    /// <param name="repository"><c>owner/name</c>.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <param name="files">
    /// Names or globs; empty for what Weft needs: configuration, tokenizer, chat templates, and safetensors, or pickled weights
    /// where there are no safetensors.
    /// </param>
    /// <param name="progress">Told about each piece that came, from the download's own thread.</param>
    /// <param name="ct">Ends the download; what came so far is kept for the next one.</param>
    /// <exception cref="HubException">The server refuses, sends something wrong, or cannot be reached; or the disk is full.</exception>
    /// <exception cref="IOException">The cache cannot be written.</exception>
    public async Task<HubSnapshot> DownloadAsync(
        string repository, string revision = "main", IReadOnlyList<string>? files = null, IProgress<DownloadProgress>? progress = null, CancellationToken ct = default)
    {
        RepositoryName.Check(repository);
        RepositoryName.CheckRevision(revision);
        Uri address = _connection.Address($"api/models/{repository}/revision/{Uri.EscapeDataString(revision)}");
        var listing = RepositoryListing.Parse(address, await _connection.GetBytesAsync(address, RepositoryListing.LongestAnswer, ct).ConfigureAwait(false));
        var job = new Job(repository, listing.Commit, new(_options.CacheFolder, repository), progress);
        List<(string Path, long? Size, RemoteFile? Remote)> plan = [];
        foreach (string path in FileSelection.Choose(repository, listing.Files, files ?? []))
        {
            long? there = job.Cache.SizeInSnapshot(listing.Commit, path);
            plan.Add((path, there, there is null ? await DescribeAsync(job, path, ct).ConfigureAwait(false) : null));
        }
        CheckSpace(job, plan.Select(file => file.Remote).OfType<RemoteFile>());
        List<HubFile> done = [];
        foreach ((string path, long? size, RemoteFile? remote) in plan)
            done.Add(remote is null ? new(path, size!.Value, WasThere: true) : await FetchAsync(job, remote, ct).ConfigureAwait(false));
        // Last, so that a name never leads to less than it did before.
        job.Cache.WriteReference(revision, listing.Commit);
        return new(job.Cache.Snapshot(listing.Commit), listing.Commit, done);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private Uri AddressOf(Job job, string path) => _connection.Address($"{job.Repository}/resolve/{job.Commit}/{FilePaths.Escape(path)}");

    private async Task<RemoteFile> DescribeAsync(Job job, string path, CancellationToken ct)
    {
        Uri address = AddressOf(job, path);
        FileFacts facts = await _connection.HeadAsync(address, ct).ConfigureAwait(false);
        if (facts.Commit is { } commit && commit != job.Commit)
            throw new HubException(address, $"belongs to the commit '{commit}', expected {job.Commit}; check HF_ENDPOINT");
        if (facts.Etag is not { } etag || !RepositoryName.IsCommit(etag))
            throw new HubException(address, $"has the etag '{facts.Etag}', which is neither a sha256 nor git's sha1, so that the file cannot be checked; check HF_ENDPOINT");
        if (facts.Size is not { } size)
            throw new HubException(address, "does not tell its length; check HF_ENDPOINT");
        return new(path, etag, size);
    }

    private void CheckSpace(Job job, IEnumerable<RemoteFile> files)
    {
        RemoteFile[] missing = [.. files.DistinctBy(file => file.Etag).Where(file => job.Cache.SizeOfBlob(file.Etag) != file.Size)];
        if (missing.Length == 0)
            return;
        Directory.CreateDirectory(job.Cache.Blobs);
        var disk = new DriveInfo(Path.GetFullPath(job.Cache.Blobs));
        // Sizes come from the server; their sum may be more than a long holds.
        Int128 needed = missing.Aggregate(Int128.Zero, (sum, file) => sum + file.Size - Math.Min(job.Cache.SizeOfPartial(file.Etag), file.Size));
        // Some network file systems tell no size at all.
        if (disk.TotalSize > 0 && needed > disk.AvailableFreeSpace)
            throw new HubException($"file '{missing.MaxBy(file => file.Size)!.Path}'",
                $"does not fit on the disk: {needed} bytes are needed in all, {disk.AvailableFreeSpace} are free in '{_options.CacheFolder}'; free some space or set HF_HUB_CACHE to a folder on another disk");
    }

    private async Task<HubFile> FetchAsync(Job job, RemoteFile file, CancellationToken ct)
    {
        using IDisposable held = await job.Cache.LockAsync(file.Etag, () => job.Progress?.Report(new(file.Path, 0, file.Size) { IsWaiting = true }), ct).ConfigureAwait(false);
        // Another process, another revision or another name of the same content may have brought it.
        bool wasThere = job.Cache.SizeOfBlob(file.Etag) == file.Size || job.Cache.SizeInSnapshot(job.Commit, file.Path) == file.Size;
        if (!wasThere)
        {
            string partial = job.Cache.Partial(file.Etag);
            using (var download = new BlobDownload(_connection, AddressOf(job, file.Path), file, partial, job.Progress))
                await download.RunAsync(ct).ConfigureAwait(false);
            File.Move(partial, job.Cache.Blob(file.Etag), overwrite: true);
        }
        job.Cache.Link(file, job.Commit, isNew: !wasThere, _options.LinksAllowed);
        return new(file.Path, file.Size, wasThere);
    }

    private sealed record Job(string Repository, string Commit, RepositoryCache Cache, IProgress<DownloadProgress>? Progress);
}
