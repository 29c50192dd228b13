using System.Runtime.InteropServices;

namespace Weft.Cli;

/// <summary>
/// Ctrl-C and requests to end (SIGINT, SIGTERM). The first one cancels; a later one ends the process at once, for who does not
/// want to wait.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>
    /// The same request may come twice, from the terminal and from the process that started this one; nobody presses a key twice that fast.
    /// </summary>
    private static readonly TimeSpan SameRequest = TimeSpan.FromMilliseconds(400);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private long _first;

    /// <summary>Listens until disposed.</summary>
    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, Failure.Cancelled)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, 143)),
    ];

    /// <summary>Cancelled by the first request.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>128 and the number of the first signal.</summary>
    public int ExitCode { get; private set; } = Failure.Cancelled;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int exitCode)
    {
        long now = Environment.TickCount64;
        long first = Interlocked.CompareExchange(ref _first, now, 0);
        context.Cancel = first == 0 || now - first < SameRequest.TotalMilliseconds;
        if (first != 0)
            return;
        ExitCode = exitCode;
        _source.Cancel();
    }
}
