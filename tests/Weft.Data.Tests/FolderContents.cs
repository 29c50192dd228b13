namespace Weft.Data.Tests;

/// <summary>What the tests put into a folder.</summary>
internal static class FolderContents
{
    public static string Write(this TemporaryFolder folder, string name, byte[] content)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public static string Write(this TemporaryFolder folder, string name, string content) =>
        folder.Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    public static string Shard(this TemporaryFolder folder, string name, int vocabularySize, params int[][] documents)
    {
        string path = folder.File(name);
        using var writer = TokenShardWriter.Create(path, vocabularySize);
        foreach (int[] document in documents)
            writer.Add(document, document.Length);
        writer.Complete();
        return path;
    }

    /// <summary>A shard whose ids are 0, 1, 2 …, so that an id tells its position.</summary>
    public static TokenShard Counting(this TemporaryFolder folder, int tokens)
    {
        string name = $"counting-{tokens}.tokens";
        return TokenShard.Open(tokens == 0 ? folder.Shard(name, 10) : folder.Shard(name, tokens, [.. Enumerable.Range(0, tokens)]));
    }
}
