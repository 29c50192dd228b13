using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>
/// Requests to a Hub. Redirects are followed here and not by the HTTP client, because the token must not go with them: files of
/// LFS lie on another host, behind a signed address.
/// </summary>
internal sealed class HubConnection : IDisposable
{
    private const int MostRedirects = 10;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly HubOptions _options;
    private readonly HttpClient _client;

    public HubConnection(HubOptions options)
    {
        _options = options;
        _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None })
        {
            // Each step has its own limit; a whole file may take hours.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        string version = typeof(HubConnection).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version ?? "0";
        _client.DefaultRequestHeaders.UserAgent.Add(new("weft", version));
        // The length and the checksum are those of the file as it is, not of a compressed one.
        _client.DefaultRequestHeaders.AcceptEncoding.Add(new("identity"));
    }

    /// <summary>An address below the endpoint.</summary>
    public Uri Address(string path) => new($"{_options.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>
    /// The endpoint's facts about a file. A redirect to another host is not followed: the facts stand beside it.
    /// </summary>
    public Task<FileFacts> HeadAsync(Uri address, CancellationToken ct) => RetryAsync(async () =>
    {
        (HttpResponseMessage response, FileFacts facts) = await FollowAsync(HttpMethod.Head, address, 0, ct).ConfigureAwait(false);
        response.Dispose();
        return facts;
    }, null, ct);

    /// <summary>The content at an address from a byte on, one attempt; with 416 where it does not reach so far.</summary>
    public async Task<HubResponse> GetAsync(Uri address, long from, CancellationToken ct)
    {
        (HttpResponseMessage response, FileFacts facts) = await FollowAsync(HttpMethod.Get, address, from, ct).ConfigureAwait(false);
        return new(response, facts, address, _options.Patience);
    }

    /// <summary>A short answer as a whole.</summary>
    public Task<byte[]> GetBytesAsync(Uri address, int most, CancellationToken ct) => RetryAsync(async () =>
    {
        using HubResponse response = await GetAsync(address, 0, ct).ConfigureAwait(false);
        using var content = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (await response.ReadAsync(buffer, ct).ConfigureAwait(false) is > 0 and var count)
        {
            if (content.Length + count > most)
                throw new HubException(address, $"answers with more than {most} bytes; check HF_ENDPOINT");
            content.Write(buffer, 0, count);
        }
        return content.ToArray();
    }, null, ct);

    /// <summary>Tries again after failures that may pass, with growing delays.</summary>
    /// <param name="attempt">What to do.</param>
    /// <param name="progress">Grows while attempts bring something, which begins their count anew; null where each must do it all.</param>
    /// <param name="ct">Ends the wait, too.</param>
    public async Task<T> RetryAsync<T>(Func<Task<T>> attempt, Func<long>? progress, CancellationToken ct)
    {
        long reached = progress?.Invoke() ?? 0;
        for (int failures = 0; ;)
        {
            TimeSpan delay;
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (HubException e) when (e.IsTransient)
            {
                if (progress is not null && progress() > reached)
                    (failures, reached) = (0, progress());
                if (++failures >= _options.Attempts)
                    throw;
                delay = e.RetryAfter ?? _options.FirstDelay * Math.Pow(2, failures - 1);
            }
            await Task.Delay(delay < LongestDelay ? delay : LongestDelay, ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<(HttpResponseMessage Response, FileFacts Facts)> FollowAsync(HttpMethod method, Uri address, long from, CancellationToken ct)
    {
        FileFacts facts = default;
        Uri at = address;
        // Once elsewhere, never trusted again: who redirects back chose the address.
        bool trusted = true;
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            HttpResponseMessage response = await ExchangeAsync(Request(method, at, from, trusted), at, ct).ConfigureAwait(false);
            if (trusted)
                facts = facts.With(response);
            if (response.IsSuccessStatusCode || (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && from > 0))
                return (response, facts);
            if (Target(response, at) is not { } target)
            {
                using (response)
                    throw Refused(response, at, trusted);
            }
            trusted &= IsEndpoint(target);
            if (method == HttpMethod.Head && !trusted)
                return (response, facts);
            response.Dispose();
            at = target;
        }
        throw new HubException(address, $"redirects more than {MostRedirects} times; check HF_ENDPOINT");
    }

    private HttpRequestMessage Request(HttpMethod method, Uri at, long from, bool trusted)
    {
        var request = new HttpRequestMessage(method, at);
        if (from > 0)
            request.Headers.Range = new(from, null);
        if (trusted && _options.Token is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, Uri at, CancellationToken ct)
    {
        using HttpRequestMessage sent = request;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_options.Patience);
        try
        {
            return await _client.SendAsync(sent, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            bool lasting = e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
            throw new HubException(at, $"cannot be reached ({e.Message}); check the network, HF_ENDPOINT and the proxy, then try again", e) { IsTransient = !lasting };
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new HubException(at, $"does not answer within {_options.Patience.TotalSeconds:0.#} s; try again later", e) { IsTransient = true };
        }
    }

    /// <summary>Where a redirect leads; null where the answer is none.</summary>
    private static Uri? Target(HttpResponseMessage response, Uri at)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
            return null;
        string location = FileFacts.Header(response, "Location") ?? "";
        if (!Uri.TryCreate(at, location, out Uri? target) || target.Scheme is not ("http" or "https") || (at.Scheme == "https" && target.Scheme != "https"))
        {
            response.Dispose();
            throw new HubException(at, "redirects to no address that may be followed; check HF_ENDPOINT");
        }
        return target;
    }

    private bool IsEndpoint(Uri address) =>
        Uri.Compare(address, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private HubException Refused(HttpResponseMessage response, Uri at, bool trusted)
    {
        HttpStatusCode status = response.StatusCode;
        string remedy = status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when !trusted => "the address may have expired, try again",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when _options.Token is null =>
                "check the name of the repository; if it is private or gated, set HF_TOKEN to a token that may read it",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                "check the name of the repository, set HF_TOKEN to a token that may read it, and accept its terms on its page if it has any",
            HttpStatusCode.NotFound when FileFacts.Header(response, "X-Error-Code") == "RevisionNotFound" => "the repository has no such revision; check its name",
            HttpStatusCode.NotFound => "check the names of the repository and of the revision",
            HttpStatusCode.TooManyRequests => "too many requests; wait, or set HF_TOKEN",
            >= HttpStatusCode.InternalServerError => "the server is in trouble; try again later",
            _ => "check HF_ENDPOINT",
        };
        return new(at, $"answers {(int)status} ({status}); {remedy}")
        {
            Status = status,
            RetryAfter = response.Headers.RetryAfter?.Delta,
            IsTransient = (int)status is 408 or 429 or >= 500 || (status == HttpStatusCode.Forbidden && !trusted),
        };
    }
}
