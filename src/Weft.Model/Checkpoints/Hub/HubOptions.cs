namespace Weft.Model.Checkpoints.Hub;

/// <summary>Where models are downloaded from, as whom, and where they are kept.</summary>
// No record: its text would show the token.
public sealed class HubOptions
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>Address of the server, with a path before <c>/api</c> where it has one; http or https.</summary>
    public Uri Endpoint { get; init; } = new(DefaultEndpoint);

    /// <summary>Sent to the endpoint's own scheme, host and port, and to nobody else; null to ask as nobody.</summary>
    public string? Token { get; init; }

    /// <summary>Folder of the cache, which holds <c>models--owner--name</c>.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>How often a request is sent before a dropped connection or a server in trouble is given up. Progress begins the count anew.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Wait after the first failure; doubled after each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection that brings nothing for so long counts as dropped.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Set to false by tests, to do what happens where no symbolic link may be made.</summary>
    internal bool LinksAllowed { get; init; } = true;

    /// <summary>
    /// Reads HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME and XDG_CACHE_HOME as huggingface_hub does
    /// (its constants.py): an empty variable counts as absent.
    /// </summary>
    /// <param name="environment">Reads a variable; null for those of the process.</param>
    /// <exception cref="HubException">HF_ENDPOINT is no address, or HF_TOKEN no token.</exception>
    public static HubOptions FromEnvironment(Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        return new()
        {
            Endpoint = ReadEndpoint(Read("HF_ENDPOINT") ?? DefaultEndpoint),
            Token = Read("HF_TOKEN") is { } token ? CheckToken(token) : null,
            CacheFolder = CacheFolderOf(environment),
        };

        string? Read(string name) => Variable(environment, name);
    }

    /// <summary>The folder of the cache alone, for who only reads it.</summary>
    /// <param name="environment">Reads a variable; null for those of the process.</param>
    public static string CacheFolderOf(Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        if ((Read("HF_HUB_CACHE") ?? Read("HUGGINGFACE_HUB_CACHE")) is { } cache)
            return FullPath(cache);
        string home = Read("HF_HOME") ?? Path.Combine(Read("XDG_CACHE_HOME") ?? Path.Combine("~", ".cache"), "huggingface");
        return FullPath(Path.Combine(home, "hub"));

        string? Read(string name) => Variable(environment, name);
    }

    private static string? Variable(Func<string, string?> environment, string name) =>
        environment(name)?.Trim() is { Length: > 0 } value ? value : null;

    private static string FullPath(string path) => Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith(@"~\", StringComparison.Ordinal)
        ? Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..])
        : path);

    private static Uri ReadEndpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw new HubException("HF_ENDPOINT", $"is '{text}', which is no address; use one such as {DefaultEndpoint}");
        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            throw new HubException("HF_ENDPOINT", $"has a user, a query or a fragment; use an address such as {DefaultEndpoint}, and HF_TOKEN for the token");
        return address;
    }

    private static string CheckToken(string token) => token.All(c => c is > ' ' and < '\x7F')
        ? token
        : throw new HubException("HF_TOKEN", "holds a character that no token has; copy the token again");
}
