namespace Weft.Model.Checkpoints.Hub;

/// <summary>Brings one file's content into the cache: continues what an earlier run left, and checks it as it passes.</summary>
internal sealed class BlobDownload : IDisposable
{
    private readonly HubConnection _connection;
    private readonly Uri _address;
    private readonly RemoteFile _file;
    private readonly IProgress<DownloadProgress>? _progress;
    private readonly FileStream _partial;
    private readonly byte[] _buffer = new byte[1 << 17];
    private BlobHash _hash;
    private long _furthest;

    /// <summary>Opens what an earlier run left, or an empty file; nobody else may meanwhile.</summary>
    /// <param name="connection">To the endpoint.</param>
    /// <param name="address">Of the file at its commit.</param>
    /// <param name="file">What is expected.</param>
    /// <param name="path">Of the partial file.</param>
    /// <param name="progress">Told about each piece.</param>
    public BlobDownload(HubConnection connection, Uri address, RemoteFile file, string path, IProgress<DownloadProgress>? progress)
    {
        (_connection, _address, _file, _progress) = (connection, address, file, progress);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _partial = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        _hash = new(file);
    }

    /// <summary>Downloads; afterwards the partial file is whole, correct and on the disk.</summary>
    /// <exception cref="HubException">It is not; what can be continued is kept, what is wrong is deleted.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        await HashWhatIsThereAsync(ct).ConfigureAwait(false);
        await _connection.RetryAsync(() => ReceiveAsync(ct), () => _furthest, ct).ConfigureAwait(false);
        string found = _hash.Complete();
        if (found != _file.Etag)
            throw Discard($"has the {_hash.Name} {found}, expected {_file.Etag}");
        _partial.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        _partial.Dispose();
    }

    private async Task HashWhatIsThereAsync(CancellationToken ct)
    {
        if (_partial.Length > _file.Size)
            Restart();
        for (long length = _partial.Length; _partial.Position < length && await _partial.ReadAsync(_buffer, ct).ConfigureAwait(false) is > 0 and var count;)
            _hash.Append(_buffer.AsSpan(0, count));
        _furthest = _partial.Position;
        Report();
    }

    /// <summary>One attempt; the result says nothing, it only fits <see cref="HubConnection.RetryAsync"/>.</summary>
    private async Task<bool> ReceiveAsync(CancellationToken ct)
    {
        if (_partial.Position == _file.Size)
            return true;
        using HubResponse response = await _connection.GetAsync(_address, _partial.Position, ct).ConfigureAwait(false);
        if (response.Facts.Etag is { } etag && etag != _file.Etag)
            throw new HubException(_address, $"changed while it was downloaded (etag '{etag}', was {_file.Etag}); run the same download again");
        if (_partial.Position > 0 && !response.ContinuesAt(_partial.Position, _file.Size))
        {
            Restart();
            if (!response.IsWhole)
                throw new HubException(_address, "does not continue where it was asked to; try again") { IsTransient = true };
        }
        while (await response.ReadAsync(_buffer, ct).ConfigureAwait(false) is > 0 and var count)
        {
            if (count > _file.Size - _partial.Position)
                throw Discard($"has more than the {_file.Size} bytes that were announced");
            await WriteAsync(_buffer.AsMemory(0, count), ct).ConfigureAwait(false);
        }
        return _partial.Position == _file.Size
            ? true
            : throw new HubException(_address, $"ended after {_partial.Position} of {_file.Size} bytes; try again, what is there is kept") { IsTransient = true };
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        try
        {
            await _partial.WriteAsync(content, ct).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HubException($"file '{_file.Path}'", $"cannot be written beyond byte {_partial.Position} of {_file.Size} ({e.Message})", e) { HResult = e.HResult };
        }
        _hash.Append(content.Span);
        _furthest = Math.Max(_furthest, _partial.Position);
        Report();
    }

    private void Restart()
    {
        _partial.SetLength(0);
        _partial.Position = 0;
        _hash.Dispose();
        _hash = new(_file);
    }

    /// <summary>What is wrong must not be continued.</summary>
    private HubException Discard(string problem)
    {
        _partial.Dispose();
        File.Delete(_partial.Name);
        return new(_address, $"{problem}; the partial file was deleted, run the same download again");
    }

    private void Report() => _progress?.Report(new(_file.Path, _partial.Position, _file.Size));
}
