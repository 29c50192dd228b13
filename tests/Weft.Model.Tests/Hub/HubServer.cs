using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Weft.Model.Tests.Hub;

/// <summary>
/// A Hub with one repository. Plain files it sends itself; those of LFS it redirects to a second server under another host name,
/// as the real one does. Tests put other answers before its own.
/// </summary>
internal sealed class HubServer : IDisposable
{
    public const string Repository = "weaver/loom", Token = "hf_secret";

    private readonly LoopbackServer _hub;
    private readonly LoopbackServer _store;

    public HubServer()
    {
        _store = new(request => StoreAnswer?.Invoke(request) ?? Content(request, Files.Single(file => request.Path.StartsWith($"/{file.Etag}?", StringComparison.Ordinal)), []));
        _hub = new(request => HubAnswer?.Invoke(request) ?? Answer(request));
    }

    /// <summary>A file of the repository.</summary>
    public sealed record Entry(string Path, byte[] Content, bool IsLarge)
    {
        public string Etag => Convert.ToHexStringLower(IsLarge
            ? SHA256.HashData(Content)
#pragma warning disable CA5350 // git's own
            : SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {Content.Length}\0"), .. Content]));
#pragma warning restore CA5350
    }

    public string Commit { get; set; } = new('c', 40);

    public List<Entry> Files { get; } = [];

    /// <summary>Comes before the Hub's own answer, unless it gives null.</summary>
    public Func<Request, Reply?>? HubAnswer { get; set; }

    /// <summary>Comes before the answer of the server with the large files, unless it gives null.</summary>
    public Func<Request, Reply?>? StoreAnswer { get; set; }

    public Uri Endpoint => new($"http://127.0.0.1:{_hub.Port}");

    public Request[] HubRequests => [.. _hub.Requests];

    public Request[] StoreRequests => [.. _store.Requests];

    public Entry Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content), isLarge: false);

    public Entry Add(string path, byte[] content, bool isLarge = true)
    {
        Files.RemoveAll(file => file.Path == path);
        Files.Add(new(path, content, isLarge));
        return Files[^1];
    }

    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    /// <summary>The content, or the part of it that the request asks for.</summary>
    public static Reply Content(Request request, Entry file, (string Name, string Value)[] headers)
    {
        if (request["Range"] is not { } range)
            return new(200, file.Content, headers);
        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= file.Content.Length
            ? new(416, [], headers)
            : new(206, file.Content[from..], [.. headers, ("Content-Range", $"bytes {from}-{file.Content.Length - 1}/{file.Content.Length}")]);
    }

    public static Reply Text(string body, params (string Name, string Value)[] headers) => new(200, Encoding.UTF8.GetBytes(body), headers);

    public string Listing() => JsonSerializer.Serialize(new { id = Repository, sha = Commit, siblings = Files.Select(file => new { rfilename = file.Path }) });

    private Reply Answer(Request request)
    {
        if (request.Path.StartsWith($"/api/models/{Repository}/revision/", StringComparison.Ordinal))
            return Text(Listing());
        string prefix = $"/{Repository}/resolve/{Commit}/";
        if (!request.Path.StartsWith(prefix, StringComparison.Ordinal) || Files.Find(file => file.Path == Uri.UnescapeDataString(request.Path[prefix.Length..])) is not { } file)
            return new(404, [], ("X-Error-Code", "EntryNotFound"));
        return file.IsLarge
            ? new(302, "moved"u8.ToArray(), ("Location", $"http://localhost:{_store.Port}/{file.Etag}?signature=s3cret"), ("X-Repo-Commit", Commit),
                ("X-Linked-Etag", $"\"{file.Etag}\""), ("X-Linked-Size", file.Content.Length.ToString(CultureInfo.InvariantCulture)), ("ETag", "\"of the page\""))
            : Content(request, file, [("X-Repo-Commit", Commit), ("ETag", $"W/\"{file.Etag}\"")]);
    }
}
