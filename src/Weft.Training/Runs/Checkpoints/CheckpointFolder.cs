using System.Globalization;

using Weft.Model.Checkpoints;

namespace Weft.Training.Runs.Checkpoints;

/// <summary>
/// The checkpoints of one run: the newest few states, the best weights, and the history. Whatever is killed at whatever instant leaves a folder
/// that the run goes on from: a state counts when its file has its final name, which it gets last of all. One process at a time may use the folder.
/// </summary>
/// <remarks>
/// <code>
/// step-000000150.safetensors   the newest state: weights, moments, data cursor, random numbers, progress
/// step-000000100.safetensors   the one before, for when the newest is damaged
/// best-000000120.safetensors   the best weights, as the states name them
/// history.bin                  a record a step, which only grows
/// lock                         held by the process that trains here
/// </code>
/// </remarks>
public sealed class CheckpointFolder : IDisposable
{
    private const string Ending = ".safetensors";
    private const string StatePrefix = "step-";
    private const string BestPrefix = "best-";
    private const string DamagedEnding = ".damaged";

    private readonly RunIdentity _identity;
    private readonly HistoryFile _history;
    private readonly FileStream _lock;
    private int _bestFile;

    /// <summary>Opens a folder, creating it when needed, and keeps other processes out of it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="identity">The run; checkpoints of another one are refused.</param>
    /// <exception cref="IOException">Another process trains there, or the folder cannot be written.</exception>
    public CheckpointFolder(string path, RunIdentity identity)
    {
        Path = Directory.CreateDirectory(path).FullName;
        _identity = identity;
        InspectionFolder = At("inspect");
        try
        {
            _lock = new FileStream(At("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(At("lock")))
        {
            throw new IOException($"{Path}: another process trains there, or its lock cannot be had ({e.Message}); wait for it or stop it, then resume", e);
        }
        _history = new(At("history.bin"));
        // What a killed process was writing; nobody else writes here now.
        foreach (string rest in Directory.GetFiles(Path, "*.tmp"))
            File.Delete(rest);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>States that are kept, the newest ones. With one alone, a damaged file is the end of the run.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Where batches go that training diverged on.</summary>
    public string InspectionFolder { get; init; }

    /// <summary>Is told what was found damaged.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>The last state in a folder; null where there is none.</summary>
    public static string? Newest(string path) => Directory.Exists(path) ? States(path).FirstOrDefault() : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _history.Dispose();
        _lock.Dispose();
    }

    /// <summary>Saves a state, then drops what is no longer needed.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; earlier states are untouched.</exception>
    internal void Save(TrainingState state)
    {
        // First the history: records beyond those that the newest state names do no harm, missing ones would.
        Write(state.Progress.Step, () => state.Save(StateFile(state.Progress.Step), _identity, _history.Append(state.History)));
        Prune(state.Progress.Best?.Step ?? 0);
    }

    /// <summary>Writes the present weights as the best ones; states that are saved from now on name them.</summary>
    /// <exception cref="IOException">As of <see cref="Save"/>.</exception>
    internal void SaveBest(TrainingState state) => Write(state.Progress.Step, () => state.SaveWeights(BestFile(state.Progress.Step), _identity));

    /// <summary>Restores the newest state that is whole.</summary>
    /// <returns>False where there is none yet.</returns>
    /// <exception cref="CheckpointException">The newest whole one belongs to another run, or all are damaged.</exception>
    internal bool Load(TrainingState state)
    {
        string[] paths = [.. States(Path)];
        foreach (string path in paths)
        {
            using CheckpointFile? file = TryOpen(path);
            if (file is null)
                continue;
            _identity.Check(file);
            if (!_history.TryRead(state.Load(file), state.History))
                Warn?.Invoke($"{At("history.bin")}: is damaged or missing; the run goes on, and its history begins anew after step {state.Progress.Step}");
            // Out of the way: the run is about to write these steps again, and they must not push out the whole ones.
            foreach (string newer in paths.TakeWhile(other => other != path))
                File.Move(newer, newer + DamagedEnding, overwrite: true);
            _bestFile = state.Progress.Best?.Step ?? 0;
            return true;
        }
        return paths.Length == 0 ? false
            : throw new CheckpointException(Path, $"all of its {paths.Length} checkpoint(s) are damaged; put back a copy of one, or start the run anew");
    }

    /// <summary>Sets the model's weights to the best ones.</summary>
    /// <exception cref="CheckpointException">Their file is damaged.</exception>
    internal void LoadBest(TrainingState state)
    {
        BestEvaluation best = state.Progress.Best ?? throw new InvalidOperationException("no evaluation was made, so no weights are the best");
        using CheckpointFile file = CheckpointFile.Open(BestFile(best.Step));
        _identity.Check(file);
        state.LoadWeights(file);
    }

    private void Write(int step, Action write)
    {
        try
        {
            write();
        }
        // The last of them is how .NET says that a file has grown too large for its file system.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            string kept = Newest(Path) is { } last ? $"{System.IO.Path.GetFileName(last)} is kept; make room, then resume" : "nothing was saved before; make room, then start anew";
            throw new IOException($"{Path}: step {step} cannot be saved ({e.Message}); {kept}", e) { HResult = e.HResult };
        }
    }

    private CheckpointFile? TryOpen(string path)
    {
        try
        {
            return CheckpointFile.Open(path);
        }
        catch (CheckpointException e)
        {
            Warn?.Invoke($"{e.Message}; the checkpoint before it is taken");
            return null;
        }
    }

    private void Prune(int best)
    {
        foreach (string old in States(Path).Skip(Math.Max(1, Keep)))
            File.Delete(old);
        if (best == _bestFile)
            return;
        // An older state that is still kept may name other weights as the best.
        HashSet<string> named = [.. States(Path).Select(path => BestFile(RunProgress.TryPeek(path)?.Best?.Step ?? 0))];
        foreach (string file in Directory.GetFiles(Path, $"{BestPrefix}*{Ending}").Where(file => !named.Contains(file)))
            File.Delete(file);
        // Only once nothing older is named, there is nothing left to look for.
        if (named.Count == 1)
            _bestFile = best;
    }

    private static IEnumerable<string> States(string folder) =>
        Directory.GetFiles(folder, $"{StatePrefix}*{Ending}").OrderDescending(StringComparer.Ordinal);

    private string StateFile(int step) => Numbered(StatePrefix, step);

    private string BestFile(int step) => Numbered(BestPrefix, step);

    /// <summary>Nine digits, so that the order of the names is that of the steps.</summary>
    private string Numbered(string prefix, int step) => At(string.Create(CultureInfo.InvariantCulture, $"{prefix}{step:D9}{Ending}"));

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
