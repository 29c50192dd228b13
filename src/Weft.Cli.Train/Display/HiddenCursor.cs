using System.Runtime.InteropServices;

namespace Weft.Cli.Train.Display;

/// <summary>Hides the cursor, and gives it back when the run ends: by disposal, Ctrl-C, SIGTERM or a closed terminal.</summary>
internal sealed class HiddenCursor : IDisposable
{
    private const string Hide = "\e[?25l";
    private const string Show = "\e[?25h";

    private readonly TextWriter _terminal;
    private readonly PosixSignalRegistration[] _signals;

    public HiddenCursor(TextWriter terminal)
    {
        _terminal = terminal;
        // Since .NET 10 a signal ends the process without ProcessExit unless somebody handles the signal.
        _signals =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
                .Select(signal => PosixSignalRegistration.Create(signal, _ => Write(Show))),
        ];
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        Write(Hide);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Write(Show);
    }

    private void OnExit(object? sender, EventArgs e) => Write(Show);

    private void Write(string sequence)
    {
        _terminal.Write(sequence);
        _terminal.Flush();
    }
}
