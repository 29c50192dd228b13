namespace Weft.Data.Tests;

public class TokenShardWriterTests
{
    [Fact]
    public void Nothing_is_left_without_Complete_and_an_older_shard_stays()
    {
        using var folder = new TemporaryFolder();
        byte[] old = File.ReadAllBytes(folder.Shard("a.tokens", 10, [1, 2]));
        using (var writer = TokenShardWriter.Create(folder.File("a.tokens"), 10))
            writer.Add([3], 1);
        using (TokenShardWriter.Create(folder.File("b.tokens"), 10))
            Assert.NotEqual(["a.tokens"], folder.Names);
        Assert.Equal(["a.tokens"], folder.Names);
        Assert.Equal(old, File.ReadAllBytes(folder.File("a.tokens")));
    }

    [Fact]
    public void Complete_replaces_an_older_shard_that_is_open_elsewhere()
    {
        using var folder = new TemporaryFolder();
        using TokenShard old = TokenShard.Open(folder.Shard("a.tokens", 10, [1, 2]));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not replace a mapped file");
        using TokenShard shard = TokenShard.Open(folder.Shard("a.tokens", 10, [3]));
        Assert.Equal((2, 1), (old.TokenCount, shard.TokenCount));
        Assert.Equal(["a.tokens"], folder.Names);
    }

    [Fact]
    public void A_rename_that_fails_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        using (var writer = TokenShardWriter.Create(folder.File("a"), 10))
        {
            writer.Add([3], 1);
            folder.Write("a/occupied", "x");
            Assert.ThrowsAny<SystemException>(writer.Complete);
        }
        Assert.Equal(["a"], folder.Names);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    [InlineData(int.MaxValue)]
    public void An_id_outside_the_vocabulary_is_refused_and_the_document_not_written(int id)
    {
        using var folder = new TemporaryFolder();
        using (var writer = TokenShardWriter.Create(folder.File("a.tokens"), 10))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add([1, id], 2));
            Assert.Throws<ArgumentException>(() => writer.Add([], 2));
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add([1], -1));
            writer.Add([9], 3);
            Assert.Equal((1L, 1, 3L), (writer.TokenCount, writer.DocumentCount, writer.ByteCount));
            writer.Complete();
            Assert.Throws<ObjectDisposedException>(() => writer.Add([1], 1));
            Assert.Throws<ObjectDisposedException>(writer.Complete);
        }
        using TokenShard shard = TokenShard.Open(folder.File("a.tokens"));
        Assert.Equal(1, shard.TokenCount);
        shard.VerifyChecksum();
    }

    [Fact]
    public void A_vocabulary_must_be_positive()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenShardWriter.Create(folder.File("a"), 0));
        Assert.Empty(folder.Names);
    }
}
