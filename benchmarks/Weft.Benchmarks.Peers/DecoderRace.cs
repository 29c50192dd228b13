using Weft.Cli.Benchmarking;
using Weft.Model.Checkpoints;

namespace Weft.Benchmarks.Peers;

/// <summary>A peer's speeds, each beside that of the engine in the turn before it; and why there are none.</summary>
internal sealed class PeerResult
{
    /// <summary>Of the engine and of the peer, turn by turn.</summary>
    public List<(PeerSpeed Weft, PeerSpeed Peer)> Turns { get; } = [];

    /// <summary>What the peer said when it failed, after which it is left out.</summary>
    public string? Failure { get; set; }
}

/// <summary>All of one model with one number of threads.</summary>
/// <param name="Task">What was measured.</param>
/// <param name="Weft">Speeds of the engine, in all turns.</param>
/// <param name="Peers">In the order of the command line.</param>
internal sealed record DecoderResult(PeerTask Task, IReadOnlyList<PeerSpeed> Weft, IReadOnlyList<PeerResult> Peers)
{
    /// <summary>What the model asks of the machine.</summary>
    public required WeightTraffic Traffic { get; init; }

    /// <summary>The types that the engine multiplied most of the weights in, and stored keys and values in.</summary>
    public required (ElementType Packed, ElementType Cache) Types { get; init; }

    /// <summary>What the machine could do with as many threads, measured after the turns.</summary>
    public required ThreadCeilings Ceilings { get; init; }
}

/// <summary>Lets the engine and the peers run in turns: what slows a shared machine down for a while meets both.</summary>
/// <param name="peers">Who takes turns with the engine.</param>
/// <param name="rounds">How often each peer runs.</param>
/// <param name="log">Is told of every turn.</param>
/// <param name="cancellation">Ends it, and a peer that is running.</param>
internal sealed class DecoderRace(IReadOnlyList<IPeer> peers, int rounds, Action<string> log, CancellationToken cancellation)
{
    /// <summary>Runs all rounds.</summary>
    public (IReadOnlyList<PeerSpeed> Weft, IReadOnlyList<PeerResult> Peers, (ElementType Packed, ElementType Cache) Types) Run(PeerTask task)
    {
        var options = new BenchmarkOptions { Prompt = task.Prompt, Generate = task.Generate, Repeat = 1, Context = Math.Max(task.Prompt, task.Generate) };
        var benchmark = new ModelBenchmark(task.Model, options, cancellation);
        benchmark.ReadFiles();
        List<PeerSpeed> weft = [];
        PeerResult[] results = [.. peers.Select(_ => new PeerResult())];
        for (int round = 0; round < rounds; round++)
        {
            foreach ((IPeer peer, PeerResult result) in peers.Zip(results).Where(pair => pair.Second.Failure is null))
            {
                weft.Add(MeasureWeft(benchmark, task));
                Take(peer, result, weft[^1], task);
            }
            if (weft.Count <= round)
                weft.Add(MeasureWeft(benchmark, task));
        }
        return (weft, results, (benchmark.PackedType, benchmark.CacheType));
    }

    private void Take(IPeer peer, PeerResult result, PeerSpeed weft, PeerTask task)
    {
        try
        {
            PeerSpeed speed = peer.Measure(task, cancellation);
            result.Turns.Add((weft, speed));
            Tell(peer.Name, task, speed);
        }
        catch (PeerException e)
        {
            result.Failure = e.Message;
            log($"{peer.Name} fails on {Path.GetFileName(task.Model)}, threads {task.Threads}: {e.Message}");
        }
    }

    private PeerSpeed MeasureWeft(ModelBenchmark benchmark, PeerTask task)
    {
        ModelSpeed measured = benchmark.Measure(task.Threads);
        // The cache of one turn should be gone when a peer has its own.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        PeerSpeed speed = new(measured.Prompt, measured.Generate);
        Tell("Weft", task, speed);
        return speed;
    }

    private void Tell(string name, PeerTask task, PeerSpeed speed) => log(FormattableString.Invariant(
        $"{Path.GetFileName(task.Model)}, threads {task.Threads}, {name}: {speed.Prompt:0.0} prompt, {speed.Generate:0.0} generated tokens/s"));
}
