namespace Weft.Model.Tests;

/// <summary>An empty folder of one test's own, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("weft-model-").FullName;

    public string File(string name) => Path.Combine(FullName, name);

    public string[] FileNames => [.. Directory.GetFiles(FullName).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
