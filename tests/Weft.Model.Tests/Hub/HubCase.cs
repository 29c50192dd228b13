using Weft.Model.Checkpoints.Hub;

namespace Weft.Model.Tests.Hub;

/// <summary>A Hub, an empty cache and a client between them that waits for nothing.</summary>
internal sealed class HubCase : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HubServer Server { get; } = new();

    public string CacheFolder => _folder.File("hub");

    public string RepositoryFolder => Path.Combine(CacheFolder, "models--weaver--loom");

    public List<DownloadProgress> Progress { get; } = [];

    /// <summary>Long, because a busy machine is silent too.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public string Snapshot(string path) => Path.Combine(RepositoryFolder, "snapshots", Server.Commit, path);

    public string Blob(HubServer.Entry file) => Path.Combine(RepositoryFolder, "blobs", file.Etag);

    public string Partial(HubServer.Entry file) => Blob(file) + ".incomplete";

    /// <summary>Downloads with the options of a test.</summary>
    public async Task<HubSnapshot> DownloadAsync(string[]? files = null, string revision = "main", int attempts = 3, bool links = true, CancellationToken? ct = null)
    {
        using var client = new HubClient(new()
        {
            Endpoint = Server.Endpoint,
            Token = HubServer.Token,
            CacheFolder = CacheFolder,
            Attempts = attempts,
            FirstDelay = TimeSpan.FromMilliseconds(1),
            Patience = Patience,
            LinksAllowed = links,
        });
        return await client.DownloadAsync(HubServer.Repository, revision, files, new Listener(Progress), ct ?? TestContext.Current.CancellationToken);
    }

    /// <summary>The message of a refused download: one line without a secret, and no file under a final name.</summary>
    public async Task<string> RefusalAsync(string[]? files = null, string revision = "main", int attempts = 3)
    {
        var refusal = await Assert.ThrowsAsync<HubException>(() => DownloadAsync(files, revision, attempts));
        Assert.DoesNotContain(HubServer.Token, refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, c => char.IsControl(c) || c is '\u2028' or '\u2029');
        Assert.False(Directory.Exists(Path.Combine(RepositoryFolder, "snapshots")));
        Assert.False(Directory.Exists(Path.Combine(RepositoryFolder, "refs")));
        return refusal.Message;
    }

    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }

    private sealed class Listener(List<DownloadProgress> seen) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            lock (seen)
                seen.Add(value);
        }
    }
}
