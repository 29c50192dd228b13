using Weft.Model.Checkpoints.Hub;

namespace Weft.Model.Tests.Hub;

/// <summary>Downloads that end before their time, and how the next one goes on.</summary>
public sealed class ResumptionTests
{
    private const string Weights = "model.safetensors";

    [Fact]
    public async Task A_dropped_connection_is_continued_where_it_dropped()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(300_000));
        // More often than there are attempts, but each time something came.
        int cuts = 5;
        hub.Server.StoreAnswer = request => cuts-- > 0 ? HubServer.Content(request, file, []) with { CutAfter = 20_000 } : null;
        await hub.DownloadAsync(attempts: 2);
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
        Assert.Equal([null, "bytes=20000-", "bytes=40000-", "bytes=60000-", "bytes=80000-", "bytes=100000-"], hub.Server.StoreRequests.Select(request => request["Range"]));
        Assert.False(File.Exists(hub.Partial(file)));
    }

    [Fact]
    public async Task A_later_run_continues_what_is_there()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(300_000));
        hub.Server.StoreAnswer = request => HubServer.Content(request, file, []) with { CutAfter = 20_000 };
        Assert.Contains("the connection dropped", await hub.RefusalAsync(attempts: 1), StringComparison.Ordinal);
        Assert.Equal(file.Content[..20_000], File.ReadAllBytes(hub.Partial(file)));
        hub.Server.StoreAnswer = null;
        await hub.DownloadAsync();
        Assert.Equal("bytes=20000-", hub.Server.StoreRequests[^1]["Range"]);
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
    }

    [Fact]
    public async Task A_partial_file_that_is_whole_needs_no_request()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        LeavePartial(hub, file, file.Content);
        await hub.DownloadAsync();
        Assert.Empty(hub.Server.StoreRequests);
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
    }

    [Fact]
    public async Task A_cancelled_download_keeps_what_came()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(300_000));
        using var cancellation = new CancellationTokenSource();
        var forever = new TaskCompletionSource();
        hub.Server.StoreAnswer = request => HubServer.Content(request, file, []) with { CutAfter = 20_000, Hold = forever.Task };
        Task<HubSnapshot> download = hub.DownloadAsync(ct: cancellation.Token);
        await UntilAsync(() => File.Exists(hub.Partial(file)) && new FileInfo(hub.Partial(file)).Length == 20_000);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        Assert.Equal(file.Content[..20_000], File.ReadAllBytes(hub.Partial(file)));
        forever.SetResult();
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_asked_again()
    {
        using var hub = new HubCase { Patience = TimeSpan.FromSeconds(2) };
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(300_000));
        var forever = new TaskCompletionSource();
        int silences = 1;
        hub.Server.StoreAnswer = request => silences-- > 0 ? HubServer.Content(request, file, []) with { CutAfter = 20_000, Hold = forever.Task } : null;
        await hub.DownloadAsync();
        Assert.Equal([null, "bytes=20000-"], hub.Server.StoreRequests.Select(request => request["Range"]));
        forever.SetResult();
    }

    [Theory]
    [InlineData("the whole file")]
    [InlineData("another part")]
    [InlineData("nothing so far behind")]
    public async Task A_server_that_does_not_continue_sends_everything_anew(string behaviour)
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        LeavePartial(hub, file, file.Content[..2000]);
        hub.Server.StoreAnswer = request => request["Range"] is null ? null : behaviour switch
        {
            "the whole file" => new(200, file.Content),
            "another part" => new(206, file.Content[1000..], ("Content-Range", "bytes 1000-4999/5000")),
            _ => new(416, []),
        };
        await hub.DownloadAsync();
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
    }

    [Fact]
    public async Task A_file_that_changed_since_is_begun_anew()
    {
        using var hub = new HubCase();
        HubServer.Entry before = hub.Server.Add(Weights, HubCase.Bytes(5000));
        LeavePartial(hub, before, before.Content[..2000]);
        HubServer.Entry after = hub.Server.Add(Weights, HubCase.Bytes(6000));
        await hub.DownloadAsync();
        Assert.Null(Assert.Single(hub.Server.StoreRequests)["Range"]);
        Assert.Equal(after.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
    }

    [Fact]
    public async Task A_file_that_changes_under_way_is_refused()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add("config.json", "{}");
        HubServer.Entry other = new("config.json", "[]"u8.ToArray(), IsLarge: false);
        hub.Server.HubAnswer = request => request.Method == "GET" && request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? HubServer.Content(request, other, [("ETag", $"\"{other.Etag}\"")]) : null;
        Assert.Contains($"changed while it was downloaded (etag '{other.Etag}', was {file.Etag})", await hub.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_at_once_download_a_file_once()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(300_000));
        var both = new TaskCompletionSource();
        hub.Server.StoreAnswer = request => HubServer.Content(request, file, []) with { CutAfter = 20_000, Hold = both.Task };
        Task<HubSnapshot> first = hub.DownloadAsync(), second = hub.DownloadAsync();
        await UntilAsync(() =>
        {
            lock (hub.Progress)
                return hub.Progress.Any(value => value.IsWaiting);
        });
        both.SetResult();
        HubSnapshot[] done = await Task.WhenAll(first, second);
        Assert.Single(done, snapshot => snapshot.Files[0].WasThere);
        Assert.Single(hub.Server.StoreRequests);
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int waits = 0; !condition(); waits++)
        {
            Assert.True(waits < 1000, "nothing happened");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    internal static void LeavePartial(HubCase hub, HubServer.Entry file, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(hub.Partial(file))!);
        File.WriteAllBytes(hub.Partial(file), content);
    }
}
