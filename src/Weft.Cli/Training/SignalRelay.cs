using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Weft.Cli.Training;

/// <summary>
/// Keeps this process alive when it is asked to end, and asks a child process instead: it has something to save, and whoever waits
/// for this process waits for that.
/// </summary>
internal sealed partial class SignalRelay : IDisposable
{
    private const int Interrupt = 2;
    private const int Terminate = 15;
    private const int StandardStreams = 3;

    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _registrations;
    private Process? _child;
    private int _early;

    /// <summary>Listens until disposed.</summary>
    public SignalRelay() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, Interrupt)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, Terminate)),
    ];

    /// <summary>Passes signals on from now on, and the one that came before.</summary>
    /// <param name="child">Must not be disposed before this.</param>
    public void PassOnTo(Process child)
    {
        lock (_gate)
        {
            _child = child;
            if (_early != 0)
                Send(_early);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        lock (_gate)
            _child = null;
    }

    private void OnSignal(PosixSignalContext context, int signal)
    {
        context.Cancel = true;
        lock (_gate)
        {
            if (_child is null)
                _early = signal;
            else if (signal == Terminate || !IsInForeground())
                Send(signal);
        }
    }

    private void Send(int signal)
    {
        // Windows gives its console events to every process of the console, and has no other signals.
        if (!OperatingSystem.IsWindows() && !_child!.HasExited)
            _ = Kill(_child.Id, signal);
    }

    /// <summary>Ctrl-C on a terminal goes to all processes in its foreground, so the child has got it already.</summary>
    private static bool IsInForeground() =>
        !OperatingSystem.IsWindows() && Enumerable.Range(0, StandardStreams).Any(stream => ForegroundGroup(stream) == OwnGroup());

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    /// <summary>Process group in the foreground of a terminal; -1 where the stream is no terminal.</summary>
    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int ForegroundGroup(int stream);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int OwnGroup();
}
