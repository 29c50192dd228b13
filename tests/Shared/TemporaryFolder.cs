namespace Weft.Tests;

/// <summary>An empty folder of one test's own, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("weft-").FullName;

    /// <summary>Names of the files and folders directly inside, sorted.</summary>
    public string[] Names => [.. Directory.GetFileSystemEntries(FullName).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    public string File(string name) => Path.Combine(FullName, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(FullName, recursive: true);
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            // Windows keeps what is still mapped.
        }
    }
}
