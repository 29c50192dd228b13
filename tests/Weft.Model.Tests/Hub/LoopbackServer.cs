using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weft.Model.Tests.Hub;

/// <summary>A request as it came.</summary>
internal sealed record Request(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}

/// <summary>An answer; what it does not send although it announced it looks to the client like a dropped connection.</summary>
internal sealed record Reply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Bytes of the body after which the connection is cut; null for all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Awaited before the rest of the body, after the bytes of <see cref="CutAfter"/>, which then are no cut.</summary>
    public Task? Hold { get; init; }
}

/// <summary>A small HTTP/1.1 server on the loopback interface, one request a connection, that may behave as badly as a test wants.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, Reply> _answer;

    public LoopbackServer(Func<Request, Reply> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>All requests so far, oldest first.</summary>
    public ConcurrentQueue<Request> Requests { get; } = [];

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                    return;
                Requests.Enqueue(request);
                await WriteAsync(stream, request, _answer(request));
            }
            catch (IOException)
            {
                // The client left, as a cancelled one does.
            }
        }
    }

    private static async Task<Request?> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
                return null;
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new(first[0], first[1], lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    private static async Task WriteAsync(NetworkStream stream, Request request, Reply reply)
    {
        bool hasLength = reply.Headers.Any(header => header.Name is "Content-Length" or "Transfer-Encoding" or "No-Length");
        string head = $"HTTP/1.1 {reply.Status} x\r\nConnection: close\r\n"
            + string.Concat(reply.Headers.Select(header => $"{header.Name}: {header.Value}\r\n"))
            + (hasLength ? "" : $"Content-Length: {reply.Body.Length}\r\n") + "\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head));
        if (request.Method == "HEAD")
            return;
        int sent = reply.CutAfter ?? reply.Body.Length;
        await stream.WriteAsync(reply.Body.AsMemory(0, sent));
        if (reply.Hold is not { } hold)
            return;
        await stream.FlushAsync();
        await hold;
        await stream.WriteAsync(reply.Body.AsMemory(sent));
    }
}
