using System.Diagnostics;

using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Runs.Checkpoints;
using Weft.Training.Tests.Policies;

namespace Weft.Training.Tests.Runs.Checkpoints;

/// <summary>
/// A run with every policy that a state has to remember: it saves after each step, keeps the best weights, and skips spikes, of which its data have some.
/// It runs here, or in a process of its own, which may be killed.
/// </summary>
internal sealed class SmallRun : IDisposable
{
    /// <summary>Makes this assembly such a process.</summary>
    public const string Argument = "--small-run";

    /// <summary>What the process says before it waits for a line, ready to train at once.</summary>
    public const string Ready = "ready";

    /// <summary>What it says after each step, whose state is saved by then.</summary>
    public const string Saved = "saved";

    private const string Waits = "--waits";

    /// <summary>What it says at the end.</summary>
    public const string Done = "done";

    private readonly TokenShard _train;
    private readonly TokenShard _validation;
    private readonly TrainableModel _model;

    /// <summary>Makes a run over the data in a folder, which are made when they are missing.</summary>
    public SmallRun(string folder, int steps)
    {
        _train = Shard(folder, "train.tokens", 40);
        _validation = Shard(folder, "validation.tokens", 5);
        _model = new(SmallModels.Llama(), seed: 7);
        TrainingPlan plan = SmallModels.Plan(steps) with
        {
            BatchSize = 2,
            WindowsPerPass = 1,
            SaveEvery = 1,
            EvaluateEvery = 3,
            EvaluationWindows = 2,
            Threads = 1,
            Dropout = 0.1,
            Schedule = new WarmupCosine(1e-2, 1e-3, 5, steps),
            Best = new(Metric.ValidationLoss),
            Divergence = new() { Action = OnDivergence.Skip, SpikeDeviations = 3 },
        };
        Trainer = new(_model,
            new SpoiltBatches(new CausalWindows(new ShuffledWindowSampler(_train, 9), plan.BatchSize, plan.ContextLength), draw => draw % 40 == 0),
            new ShardWindows(_validation, plan.ContextLength), plan);
    }

    public Trainer Trainer { get; }

    /// <summary>All weights, bit for bit.</summary>
    public int[] WeightBits => [.. ModelParameters.Enumerate(_model.Spec).SelectMany(_model.Read).Select(BitConverter.SingleToInt32Bits)];

    /// <summary>Everything that two equal runs have in common.</summary>
    public (long Loss, long Validation, long Norm)[] HistoryBits => [.. Trainer.History.Select(record => (BitConverter.DoubleToInt64Bits(record.Loss),
        BitConverter.DoubleToInt64Bits(record.ValidationLoss), BitConverter.DoubleToInt64Bits(record.GradientNorm)))];

    public static string Checkpoints(string folder) => Path.Combine(folder, "checkpoints");

    /// <summary>A process that trains in a folder, once it has said <see cref="Ready"/> and got a line.</summary>
    public static Process Start(string folder, int steps) => Start([.. Command(folder, steps), Waits]);

    /// <summary>A process that trains in a folder where files cannot grow beyond a size, as on a full disk.</summary>
    public static Process StartLimited(string folder, int steps, int kilobytes) =>
        // The signal is ignored, so that writing fails; the runtime's own doubly mapped code is a large file, too.
        Start(["bash", "-c", $"trap '' XFSZ; ulimit -f {kilobytes}; export DOTNET_EnableWriteXorExecute=0; exec \"$@\"", "bash", .. Command(folder, steps)]);

    public static int RunAlone(string[] args)
    {
        if (args.Contains(Waits))
        {
            using var warm = new TemporaryFolder();
            using var run = new SmallRun(warm.FullName, steps: 4);
            run.Trainer.Run(Checkpoints(warm.FullName), "f", null, CancellationToken.None);
            Console.WriteLine(Ready);
            if (Console.ReadLine() is null)
                return 1;
        }
        try
        {
            using var run = new SmallRun(args[0], int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
            using CheckpointFolder checkpoints = CheckpointedTrainer.Open(Checkpoints(args[0]));
            run.Trainer.Resume(checkpoints);
            run.Trainer.Run(checkpoints, _ => Console.WriteLine(Saved), CancellationToken.None);
            Console.WriteLine(Done);
            return 0;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    public void Dispose()
    {
        Trainer.Dispose();
        _model.Dispose();
        _validation.Dispose();
        _train.Dispose();
    }

    private static TokenShard Shard(string folder, string name, int documents) =>
        File.Exists(Path.Combine(folder, name)) ? TokenShard.Open(Path.Combine(folder, name)) : SmallModels.Shard(folder, name, documents);

    private static string[] Command(string folder, int steps) =>
    [
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
        typeof(SmallRun).Assembly.Location, Argument, folder, $"{steps}",
    ];

    private static Process Start(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
