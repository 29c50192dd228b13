using System.Globalization;

namespace Weft.Benchmarks.Peers;

/// <summary>The program llama-bench of llama.cpp or of one of its forks.</summary>
/// <param name="name">Of the fork.</param>
/// <param name="program">The executable file.</param>
/// <param name="arguments">Further ones, such as <c>-rtr 1</c> of ik_llama.cpp.</param>
internal sealed class LlamaBench(string name, string program, IReadOnlyList<string> arguments) : IPeer
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string? Version { get; private set; }

    /// <inheritdoc/>
    public PeerSpeed Measure(PeerTask task, CancellationToken cancellation)
    {
        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        string output = PeerProcess.Run(program,
            ["-m", task.Model, "-p", Text(task.Prompt), "-n", Text(task.Generate), "-t", Text(task.Threads), "-r", "1", "-o", "json", .. arguments], cancellation);
        var result = LlamaBenchOutput.Parse(output);
        Version = result.Commit;
        return new(result.Speed(task.Prompt, 0), result.Speed(0, task.Generate));
    }
}
