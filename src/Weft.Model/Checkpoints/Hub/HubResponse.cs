using System.Net;

namespace Weft.Model.Checkpoints.Hub;

/// <summary>An answer whose content is still on its way.</summary>
/// <param name="response">Closed with this.</param>
/// <param name="facts">What the endpoint said about the file.</param>
/// <param name="address">For errors: what was asked for, before redirects.</param>
/// <param name="patience">A read that takes longer has failed.</param>
internal sealed class HubResponse(HttpResponseMessage response, FileFacts facts, Uri address, TimeSpan patience) : IDisposable
{
    private Stream? _content;

    public FileFacts Facts => facts;

    /// <summary>The content begins where the request asked for.</summary>
    /// <param name="from">First byte that was asked for.</param>
    /// <param name="size">Of the whole file.</param>
    public bool ContinuesAt(long from, long size) => response.StatusCode == HttpStatusCode.PartialContent
        && response.Content.Headers.ContentRange is { Unit: "bytes" } range && range.From == from && (range.Length ?? size) == size;

    /// <summary>The content is the whole file.</summary>
    public bool IsWhole => response.StatusCode == HttpStatusCode.OK;

    /// <summary>Reads some bytes; 0 at the end.</summary>
    /// <exception cref="HubException">The connection dropped.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            _content ??= await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            return await _content.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new HubException(address, $"the connection dropped ({e.Message}); try again, what is there is kept", e) { IsTransient = true };
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new HubException(address, $"nothing came for {patience.TotalSeconds:0.#} s; try again, what is there is kept", e) { IsTransient = true };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => response.Dispose();
}
