namespace Weft.Data.Tests;

/// <summary>A folder of one test's own.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("weft-data-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public string[] Names => [.. Directory.GetFileSystemEntries(Root).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    public string Write(string name, byte[] content)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public string Shard(string name, int vocabularySize, params int[][] documents)
    {
        using var writer = TokenShardWriter.Create(this[name], vocabularySize);
        foreach (int[] document in documents)
            writer.Add(document, document.Length);
        writer.Complete();
        return this[name];
    }

    /// <summary>A shard whose ids are 0, 1, 2 …, so that an id tells its position.</summary>
    public TokenShard Counting(int tokens)
    {
        string name = $"counting-{tokens}.tokens";
        return TokenShard.Open(tokens == 0 ? Shard(name, 10) : Shard(name, Math.Max(1, tokens), [.. Enumerable.Range(0, tokens)]));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
