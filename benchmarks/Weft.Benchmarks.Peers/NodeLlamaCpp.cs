using System.Globalization;
using System.Text.Json;

namespace Weft.Benchmarks.Peers;

/// <summary>The npm package node-llama-cpp, which brings a compiled llama.cpp.</summary>
/// <param name="folder">Has the package in its node_modules.</param>
internal sealed class NodeLlamaCpp(string folder) : IPeer
{
    private const string Program = "node", Package = "node-llama-cpp";

    /// <inheritdoc/>
    public string Name => Package;

    /// <inheritdoc/>
    public string? Version { get; } = VersionOf(Description(folder));

    /// <summary>The file that tells what is in the package.</summary>
    public static string Description(string folder) => Path.Combine(folder, "node_modules", Package, "package.json");

    /// <inheritdoc/>
    public PeerSpeed Measure(PeerTask task, CancellationToken cancellation)
    {
        string script = Path.Combine(AppContext.BaseDirectory, $"{Package}.mjs");
        IEnumerable<string> numbers = new[] { task.Threads, task.Prompt, task.Generate }.Select(number => number.ToString(CultureInfo.InvariantCulture));
        string output = PeerProcess.Run(Program, [script, folder, Path.GetFullPath(task.Model), .. numbers], cancellation);
        try
        {
            using var document = JsonDocument.Parse(output);
            double? Value(string name) => document.RootElement.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
            return new(Value("prompt"), Value("generate"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new PeerException($"its output is not what the script prints: {e.Message}");
        }
    }

    private static string? VersionOf(string description)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(description));
        return document.RootElement.TryGetProperty("version", out JsonElement version) ? version.GetString() : null;
    }
}
