using System.Globalization;
using System.Text;
using System.Text.Json;
using Weft.Model.Checkpoints.Hub;

namespace Weft.Model.Tests.Hub;

/// <summary>Servers that refuse, fail or lie: one exception that says what to do, and nothing under a final name.</summary>
public sealed class RefusalTests
{
    private const string Weights = "model.safetensors";

    [Theory]
    [InlineData(true, "has the sha256 ")]
    [InlineData(false, "has the git's sha1 ")]
    public async Task Wrong_content_is_deleted(bool large, string expected)
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000), large);
        byte[] wrong = [.. file.Content[..4999], (byte)~file.Content[4999]];
        Reply? Lie(Request request) => request.Method == "GET" && !request.Path.StartsWith("/api", StringComparison.Ordinal) ? new(200, wrong) : null;
        if (large)
            hub.Server.StoreAnswer = Lie;
        else
            hub.Server.HubAnswer = Lie;
        string message = await hub.RefusalAsync();
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.EndsWith($", expected {file.Etag}; the partial file was deleted, run the same download again", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(hub.Blob(file))!));
    }

    [Fact]
    public async Task A_damaged_partial_file_is_found_and_deleted()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        ResumptionTests.LeavePartial(hub, file, new byte[2000]);
        Assert.Contains("has the sha256 ", await hub.RefusalAsync(), StringComparison.Ordinal);
        await hub.DownloadAsync();
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
    }

    [Fact]
    public async Task More_than_was_announced_is_not_stored()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        hub.Server.StoreAnswer = _ => new(200, new byte[50_000_000], ("No-Length", "1"));
        Assert.Contains("has more than the 5000 bytes that were announced", await hub.RefusalAsync(), StringComparison.Ordinal);
        Assert.False(File.Exists(hub.Partial(file)));
    }

    [Fact]
    public async Task Less_than_was_announced_is_asked_for_again_and_then_refused()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        hub.Server.StoreAnswer = request => request["Range"] is null ? new(200, file.Content[..3000], ("No-Length", "1")) : new(206, [], ("Content-Range", "bytes 3000-4999/5000"));
        Assert.Contains("ended after 3000 of 5000 bytes", await hub.RefusalAsync(attempts: 3), StringComparison.Ordinal);
        // The first one brought something.
        Assert.Equal(1 + 2, hub.Server.StoreRequests.Length);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_server_in_trouble_is_asked_again_and_then_given_up(int status)
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        int troubles = 2;
        hub.Server.HubAnswer = _ => troubles-- > 0 ? new(status, []) : null;
        await hub.DownloadAsync(attempts: 3);
        hub.Server.HubAnswer = _ => new(status, []);
        int before = hub.Server.HubRequests.Length;
        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.DownloadAsync(attempts: 3));
        Assert.Equal(3, hub.Server.HubRequests.Length - before);
        Assert.Equal(status, (int)refusal.Status!);
        Assert.Equal($"{hub.Server.Endpoint}api/models/weaver/loom/revision/main", refusal.Address);
    }

    [Theory]
    [InlineData(401, "", "answers 401 (Unauthorized); check the name of the repository, set HF_TOKEN to a token that may read it")]
    [InlineData(403, "GatedRepo", "accept its terms on its page if it has any")]
    [InlineData(404, "RepoNotFound", "answers 404 (NotFound); check the names of the repository and of the revision")]
    [InlineData(404, "RevisionNotFound", "answers 404 (NotFound); the repository has no such revision; check its name")]
    [InlineData(410, "", "answers 410 (Gone); check HF_ENDPOINT")]
    public async Task A_refusal_names_the_remedy_and_is_not_repeated(int status, string code, string expected)
    {
        using var hub = new HubCase();
        hub.Server.HubAnswer = _ => new(status, [], ("X-Error-Code", code));
        Assert.Contains(expected, await hub.RefusalAsync(), StringComparison.Ordinal);
        Assert.Single(hub.Server.HubRequests);
    }

    [Fact]
    public async Task A_signed_address_that_expired_is_asked_for_anew()
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        int expired = 1;
        hub.Server.StoreAnswer = _ => expired-- > 0 ? new(403, []) : null;
        await hub.DownloadAsync();
        Assert.Equal(file.Content, File.ReadAllBytes(hub.Snapshot(Weights)));
        Assert.Equal(["GET", "HEAD", "GET", "GET"], hub.Server.HubRequests.Select(request => request.Method));
        hub.Server.Commit = new('d', 40);
        hub.Server.Add(Weights, HubCase.Bytes(6000));
        hub.Server.StoreAnswer = _ => new(403, []);
        string message = (await Assert.ThrowsAsync<HubException>(() => hub.DownloadAsync())).Message;
        Assert.Contains("answers 403 (Forbidden); the address may have expired, try again", message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        using var hub = new HubCase();
        hub.Server.Dispose();
        Assert.Matches(@"^http://127\.0\.0\.1:\d+/api/models/weaver/loom/revision/main: cannot be reached \(.*\); check the network", await hub.RefusalAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"sha": 1, "siblings": []}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": {}}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [1]}""")]
    [InlineData("""{"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [{"rfilename": 1}]}""")]
    public async Task A_listing_that_is_none_is_refused(string answer)
    {
        using var hub = new HubCase();
        hub.Server.HubAnswer = _ => HubServer.Text(answer);
        Assert.Contains("answers with something that is no list of a repository's files", await hub.RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("../../../../etc")]
    [InlineData("CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC")]
    [InlineData("cccccccccccccccccccccccccccccccccccccccc\n")]
    public async Task A_commit_that_is_none_is_refused(string commit)
    {
        using var hub = new HubCase();
        hub.Server.Commit = commit;
        Assert.Contains("which is none", await hub.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_listing_is_not_read_to_its_end()
    {
        using var hub = new HubCase();
        hub.Server.HubAnswer = _ => HubServer.Text(JsonSerializer.Serialize(new { sha = hub.Server.Commit, siblings = Enumerable.Range(0, 100_001).Select(_ => new { rfilename = "a" }) }));
        Assert.Contains("lists 100001 files, at most 100000 are read", await hub.RefusalAsync(), StringComparison.Ordinal);
        byte[] spaces = new byte[RepositoryListing.LongestAnswer + 1];
        spaces.AsSpan().Fill((byte)' ');
        hub.Server.HubAnswer = _ => new(200, spaces);
        Assert.Contains("answers with more than 67108864 bytes", await hub.RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../config.json")]
    [InlineData("a/../../config.json")]
    [InlineData("/etc/config.json")]
    [InlineData("a//config.json")]
    [InlineData("./config.json")]
    [InlineData("..\\config.json")]
    [InlineData("a\\config.json")]
    [InlineData("a\nconfig.json")]
    [InlineData("a\0config.json")]
    [InlineData("a\u0085config.json")]
    [InlineData("a\u2028config.json")]
    public async Task A_name_that_is_not_safe_is_refused(string name)
    {
        using var hub = new HubCase();
        hub.Server.Add(name, "{}");
        Assert.Contains("has a name that is not safe to write", await hub.RefusalAsync(["*"]), StringComparison.Ordinal);
        Assert.Single(hub.Server.HubRequests);
    }

    [Theory]
    [InlineData("../../../x")]
    [InlineData("W/\"\"")]
    [InlineData("abc")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%2f")]
    public async Task An_etag_that_is_no_checksum_is_refused(string etag)
    {
        using var hub = new HubCase();
        hub.Server.Add("config.json", "{}");
        hub.Server.HubAnswer = request => request.Method == "HEAD" ? new(200, "{}"u8.ToArray(), ("ETag", etag), ("X-Repo-Commit", hub.Server.Commit)) : null;
        Assert.Contains("which is neither a sha256 nor git's sha1", await hub.RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dddddddddddddddddddddddddddddddddddddddd", "2", "belongs to the commit 'dddddddddddddddddddddddddddddddddddddddd'")]
    [InlineData("cccccccccccccccccccccccccccccccccccccccc", "-2", "does not tell its length")]
    [InlineData("cccccccccccccccccccccccccccccccccccccccc", "99999999999999999999", "does not tell its length")]
    [InlineData("cccccccccccccccccccccccccccccccccccccccc", "4611686018427387904", "does not fit on the disk: 4611686018427387904 bytes are needed in all")]
    public async Task Facts_that_cannot_be_are_refused_before_anything_is_downloaded(string commit, string size, string expected)
    {
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(10));
        hub.Server.HubAnswer = request => request.Method != "HEAD" ? null
            : new(302, [], ("Location", "http://localhost/"), ("X-Linked-Etag", file.Etag), ("X-Linked-Size", size), ("X-Repo-Commit", commit));
        Assert.Contains(expected, await hub.RefusalAsync(), StringComparison.Ordinal);
        Assert.Empty(hub.Server.StoreRequests);
    }

    [Fact]
    public async Task Sizes_whose_sum_is_beyond_any_number_do_not_fit_either()
    {
        using var hub = new HubCase();
        foreach (int shard in (int[])[1, 2, 3])
            hub.Server.Add(string.Create(CultureInfo.InvariantCulture, $"model-0000{shard}-of-00003.safetensors"), HubCase.Bytes(shard));
        hub.Server.HubAnswer = request => request.Method != "HEAD" ? null
            : new(302, [], ("Location", "http://localhost/"), ("X-Linked-Etag", hub.Server.Files[request.Path[^22] - '1'].Etag), ("X-Linked-Size", $"{long.MaxValue}"));
        Assert.Contains("does not fit on the disk: 27670116110564327421 bytes", await hub.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_fills_up_under_way_is_named_with_the_file()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var hub = new HubCase();
        HubServer.Entry file = hub.Server.Add(Weights, HubCase.Bytes(5000));
        Directory.CreateDirectory(Path.GetDirectoryName(hub.Partial(file))!);
        File.CreateSymbolicLink(hub.Partial(file), "/dev/full");
        Assert.Matches("^file 'model.safetensors': cannot be written beyond byte 0 of 5000 \\(No space left", await hub.RefusalAsync());
        Assert.False(File.Exists(hub.Blob(file)));
    }

    [Theory]
    [InlineData("ftp://localhost/x", "redirects to no address that may be followed")]
    [InlineData("file:///etc/passwd", "redirects to no address that may be followed")]
    [InlineData("/weaver/loom/again", "redirects more than 10 times")]
    public async Task A_redirect_to_nowhere_is_refused(string location, string expected)
    {
        using var hub = new HubCase();
        hub.Server.HubAnswer = _ => new(302, [], ("Location", location));
        Assert.Contains(expected, await hub.RefusalAsync(), StringComparison.Ordinal);
        Assert.InRange(hub.Server.HubRequests.Length, 1, 11);
    }

    [Fact]
    public async Task A_large_name_or_message_of_a_server_does_not_flood_the_error()
    {
        using var hub = new HubCase();
        hub.Server.Add(new StringBuilder().Insert(0, "x", 100_000).ToString(), "{}");
        Assert.InRange((await hub.RefusalAsync(["*"])).Length, 1, 2500);
    }
}
