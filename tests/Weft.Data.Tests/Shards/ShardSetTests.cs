using CsCheck;

namespace Weft.Data.Tests;

public class ShardSetTests
{
    [Fact]
    public void Several_shards_read_as_one_stream()
    {
        using var folder = new TemporaryFolder();
        Gen.Int[1, 9].Array[1, 4].Array[1, 5].Sample(drawn =>
        {
            foreach (string old in folder.Names)
                File.Delete(folder.File(old));
            int next = 0;
            int[][][] shards = [.. drawn.Select(lengths => lengths.Select(length => Enumerable.Range(0, length).Select(_ => next++).ToArray()).ToArray())];
            for (int i = 0; i < shards.Length; i++)
                folder.Shard($"part-{i}.tokens", 1000, shards[i]);
            using ShardSet set = ShardSet.Open(folder.File("part-*.tokens"));
            int[][] documents = [.. shards.SelectMany(shard => shard)];
            Assert.Equal((next, documents.Length, 1000, next), (set.TokenCount, set.DocumentCount, set.VocabularySize, set.ByteCount));
            for (int start = 0; start <= next; start++)
                for (int end = start; end <= next; end++)
                {
                    long[] ids = new long[end - start];
                    set.Copy(start, ids);
                    Assert.Equal(Enumerable.Range(start, end - start).Select(i => (long)i), ids);
                }
            int expected = 0;
            for (int i = 0; i <= documents.Length; i++)
            {
                Assert.Equal(expected, set.DocumentStart(i));
                expected += i < documents.Length ? documents[i].Length : 0;
            }
        }, iter: 40, threads: 1);
    }

    [Fact]
    public void Reading_outside_the_set_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Shard("a.tokens", 10, [1, 2]);
        folder.Shard("b.tokens", 10, [3]);
        using ShardSet set = ShardSet.Open(folder.File("*.tokens"));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Copy(2, new long[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Copy(-1, new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.DocumentStart(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.DocumentStart(-1));
    }

    [Fact]
    public void What_cannot_be_learnt_from_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        folder.Shard("a.tokens", 10, [1, 2]);
        folder.Shard("b.tokens", 10);
        Assert.Contains("b.tokens: the shard is empty", Assert.Throws<InvalidDataException>(() => ShardSet.Open(folder.File("*.tokens"))).Message, StringComparison.Ordinal);
        Assert.Contains("none.tokens", Assert.Throws<FileNotFoundException>(() => ShardSet.Open(folder.File("none.tokens"))).Message, StringComparison.Ordinal);
        Assert.Contains("*.bin", Assert.Throws<FileNotFoundException>(() => ShardSet.Open(folder.File("*.bin"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_of_different_tokenizers_are_no_set()
    {
        using var folder = new TemporaryFolder();
        (string one, string other) = (new string('1', 64), new string('2', 64));
        foreach ((string name, string? hash) in new[] { ("a", one), ("b", null), ("c", other) })
        {
            using var writer = TokenShardWriter.Create(folder.File($"{name}.tokens"), 10, hash);
            writer.Add([1], 1);
            writer.Complete();
        }
        string message = Assert.Throws<InvalidDataException>(() => ShardSet.Open(folder.File("*.tokens"))).Message;
        Assert.Contains(one, message, StringComparison.Ordinal);
        Assert.Contains(other, message, StringComparison.Ordinal);
        // What does not know its tokenizer contradicts none.
        File.Delete(folder.File("c.tokens"));
        using ShardSet set = ShardSet.Open(folder.File("*.tokens"));
        Assert.Equal(2, set.Shards.Count);
    }
}
