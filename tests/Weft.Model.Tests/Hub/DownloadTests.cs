using Weft.Model.Checkpoints.Hub;

namespace Weft.Model.Tests.Hub;

/// <summary>What a download leaves on the disk, and what it asks the server.</summary>
public sealed class DownloadTests
{
    [Fact]
    public async Task The_cache_has_the_layout_of_huggingface_hub()
    {
        using var hub = new HubCase();
        HubServer.Entry config = hub.Server.Add("config.json", "{}"), module = hub.Server.Add("1_Pooling/config.json", "{ }"),
            weights = hub.Server.Add("model.safetensors", HubCase.Bytes(300_000));
        HubSnapshot snapshot = await hub.DownloadAsync();
        Assert.Equal(Path.Combine(hub.RepositoryFolder, "snapshots", hub.Server.Commit), snapshot.Folder);
        Assert.Equal([new("config.json", 2, false), new("1_Pooling/config.json", 3, false), new HubFile("model.safetensors", 300_000, false)], snapshot.Files);
        Assert.Equal(hub.Server.Commit, File.ReadAllText(Path.Combine(hub.RepositoryFolder, "refs", "main")));
        Assert.Equal(new[] { config.Etag, module.Etag, weights.Etag }.Order(StringComparer.Ordinal), Names(Path.Combine(hub.RepositoryFolder, "blobs")));
        Assert.Equal(["models--weaver--loom"], Names(hub.CacheFolder).Where(name => name != ".locks"));
        foreach (HubServer.Entry file in hub.Server.Files)
        {
            Assert.Equal(file.Content, File.ReadAllBytes(hub.Blob(file)));
            Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(file.Path)));
        }
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal($"../../blobs/{config.Etag}", new FileInfo(hub.Snapshot("config.json")).LinkTarget);
        Assert.Equal($"../../../blobs/{module.Etag}", new FileInfo(hub.Snapshot("1_Pooling/config.json")).LinkTarget);
    }

    [Fact]
    public async Task The_token_goes_to_the_endpoint_and_to_no_other_host()
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        hub.Server.Add("model.safetensors", HubCase.Bytes(1000));
        await hub.DownloadAsync();
        Assert.Equal(5, hub.Server.HubRequests.Length);
        Assert.All(hub.Server.HubRequests, request => Assert.Equal($"Bearer {HubServer.Token}", request["Authorization"]));
        Request stored = Assert.Single(hub.Server.StoreRequests);
        Assert.Null(stored["Authorization"]);
        Assert.StartsWith("localhost:", stored["Host"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_left_behind_does_not_come_back()
    {
        using var hub = new HubCase();
        HubServer.Entry weights = hub.Server.Add("model.safetensors", HubCase.Bytes(1000));
        hub.Server.StoreAnswer = _ => new(302, [], ("Location", $"{hub.Server.Endpoint}back"));
        hub.Server.HubAnswer = request => request.Path == "/back" ? new(200, weights.Content) : null;
        await hub.DownloadAsync();
        Assert.Null(hub.Server.HubRequests.Single(request => request.Path == "/back")["Authorization"]);
    }

    [Fact]
    public async Task What_is_there_is_not_asked_for_again()
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        hub.Server.Add("model.safetensors", HubCase.Bytes(1000));
        await hub.DownloadAsync();
        int requests = hub.Server.HubRequests.Length;
        HubSnapshot again = await hub.DownloadAsync();
        Assert.All(again.Files, file => Assert.True(file.WasThere));
        Assert.Equal(requests + 1, hub.Server.HubRequests.Length);
        Assert.Single(hub.Server.StoreRequests);
    }

    /// <summary>Written here as file_download.py writes it, not by a download of Weft's.</summary>
    [Fact]
    public async Task What_huggingface_hub_left_is_found()
    {
        using var hub = new HubCase();
        HubServer.Entry weights = hub.Server.Add("model.safetensors", HubCase.Bytes(1000)), pooling = hub.Server.Add("1_Pooling/config.json", "{}");
        foreach (string folder in (string[])["blobs", "refs", $"snapshots/{hub.Server.Commit}/1_Pooling"])
            Directory.CreateDirectory(Path.Combine(hub.RepositoryFolder, folder));
        File.WriteAllBytes(hub.Blob(weights), weights.Content);
        File.WriteAllBytes(hub.Blob(pooling), pooling.Content);
        File.CreateSymbolicLink(hub.Snapshot("1_Pooling/config.json"), $"../../../blobs/{pooling.Etag}");
        File.WriteAllText(Path.Combine(hub.RepositoryFolder, "refs", "main"), hub.Server.Commit);
        Assert.Equal(hub.Snapshot("").TrimEnd(Path.DirectorySeparatorChar), HubClient.FindSnapshot(hub.CacheFolder, HubServer.Repository));
        HubSnapshot snapshot = await hub.DownloadAsync();
        Assert.All(snapshot.Files, file => Assert.True(file.WasThere));
        // The link to the blob was still missing.
        Assert.Equal(weights.Content, File.ReadAllBytes(hub.Snapshot("model.safetensors")));
        Assert.Equal(["GET", "HEAD"], hub.Server.HubRequests.Select(request => request.Method));
        Assert.Empty(hub.Server.StoreRequests);
    }

    [Fact]
    public async Task A_new_commit_shares_the_content_that_did_not_change()
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        HubServer.Entry weights = hub.Server.Add("model.safetensors", HubCase.Bytes(1000));
        await hub.DownloadAsync();
        string first = hub.Snapshot("");
        hub.Server.Commit = new('d', 40);
        hub.Server.Add("config.json", "{\"new\": 1}");
        HubSnapshot second = await hub.DownloadAsync();
        Assert.Equal([("model.safetensors", true), ("config.json", false)], second.Files.Select(file => (file.Path, file.WasThere)));
        Assert.Single(hub.Server.StoreRequests);
        Assert.Equal(weights.Content, File.ReadAllBytes(hub.Snapshot("model.safetensors")));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(first, "config.json")));
        Assert.Equal(second.Folder, HubClient.FindSnapshot(hub.CacheFolder, HubServer.Repository));
        Assert.Equal(first.TrimEnd('/'), HubClient.FindSnapshot(hub.CacheFolder, HubServer.Repository, new('c', 40)));
    }

    [Fact]
    public async Task A_link_to_nothing_is_made_anew()
    {
        using var hub = new HubCase();
        HubServer.Entry weights = hub.Server.Add("model.safetensors", HubCase.Bytes(1000));
        await hub.DownloadAsync();
        File.Delete(hub.Blob(weights));
        Assert.False((await hub.DownloadAsync()).Files[0].WasThere);
        Assert.Equal(weights.Content, File.ReadAllBytes(hub.Snapshot("model.safetensors")));
    }

    [Fact]
    public async Task Where_no_link_may_be_made_a_new_blob_is_moved_and_an_older_one_copied()
    {
        using var hub = new HubCase();
        HubServer.Entry weights = hub.Server.Add("model.safetensors", HubCase.Bytes(1000));
        await hub.DownloadAsync(links: false);
        Assert.Null(new FileInfo(hub.Snapshot("model.safetensors")).LinkTarget);
        Assert.False(File.Exists(hub.Blob(weights)));
        Assert.True((await hub.DownloadAsync(links: false)).Files[0].WasThere);
        File.Copy(hub.Snapshot("model.safetensors"), hub.Blob(weights));
        hub.Server.Commit = new('d', 40);
        Assert.True((await hub.DownloadAsync(links: false)).Files[0].WasThere);
        Assert.Null(new FileInfo(hub.Snapshot("model.safetensors")).LinkTarget);
        Assert.Equal(weights.Content, File.ReadAllBytes(hub.Snapshot("model.safetensors")));
        Assert.Equal(weights.Content, File.ReadAllBytes(hub.Blob(weights)));
        Assert.Equal(["model.safetensors"], Names(hub.Snapshot("")));
    }

    [Theory]
    [InlineData("v1.0", "v1.0")]
    [InlineData("refs/pr/7", "refs%2Fpr%2F7")]
    public async Task A_revision_is_asked_for_and_noted(string revision, string escaped)
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        HubSnapshot snapshot = await hub.DownloadAsync(revision: revision);
        Assert.Equal($"/api/models/weaver/loom/revision/{escaped}", hub.Server.HubRequests[0].Path);
        Assert.Equal(hub.Server.Commit, File.ReadAllText(Path.Combine(hub.RepositoryFolder, "refs", revision)));
        Assert.Equal(snapshot.Folder, HubClient.FindSnapshot(hub.CacheFolder, HubServer.Repository, revision));
        Assert.Null(HubClient.FindSnapshot(hub.CacheFolder, HubServer.Repository));
    }

    [Fact]
    public async Task A_commit_needs_no_note()
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        await hub.DownloadAsync(revision: hub.Server.Commit);
        Assert.False(Directory.Exists(Path.Combine(hub.RepositoryFolder, "refs")));
    }

    [Fact]
    public async Task A_renamed_repository_is_followed_with_the_token()
    {
        using var hub = new HubCase();
        HubServer.Entry config = hub.Server.Add("config.json", "{}");
        hub.Server.HubAnswer = request => request.Path.StartsWith("/new/", StringComparison.Ordinal)
            ? HubServer.Content(request, config, [("ETag", $"\"{config.Etag}\""), ("X-Repo-Commit", hub.Server.Commit)])
            : request.Path.Contains("/resolve/", StringComparison.Ordinal) ? new(307, [], ("Location", "/new/config.json")) : null;
        await hub.DownloadAsync();
        Assert.Equal("{}", File.ReadAllText(hub.Snapshot("config.json")));
        Assert.All(hub.Server.HubRequests, request => Assert.NotNull(request["Authorization"]));
    }

    [Fact]
    public async Task Names_with_signs_are_escaped_in_addresses_alone()
    {
        using var hub = new HubCase();
        hub.Server.Add("a b/ü😀#?%2e&.json", "{}");
        await hub.DownloadAsync(["*.json"]);
        Assert.Equal("{}", File.ReadAllText(hub.Snapshot("a b/ü😀#?%2e&.json")));
    }

    [Fact]
    public async Task Progress_tells_each_file_from_its_first_byte_to_its_last()
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        hub.Server.Add("model.safetensors", HubCase.Bytes(1_000_000));
        await hub.DownloadAsync();
        Assert.Equal([new("config.json", 0, 2), new DownloadProgress("config.json", 2, 2)], hub.Progress.Where(value => value.File == "config.json"));
        long[] bytes = [.. hub.Progress.Where(value => value.File == "model.safetensors").Select(value => value.Bytes)];
        Assert.Equal(bytes.Order(), bytes);
        Assert.Equal((0, 1_000_000), (bytes[0], bytes[^1]));
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        using var hub = new HubCase();
        hub.Server.Add("merges.txt", "");
        await hub.DownloadAsync();
        Assert.Equal("", File.ReadAllText(hub.Snapshot("merges.txt")));
    }

    private static IEnumerable<string?> Names(string folder) => Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
