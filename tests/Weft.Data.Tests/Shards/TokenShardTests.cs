using CsCheck;

namespace Weft.Data.Tests;

public class TokenShardTests
{
    private static readonly int[] VocabularySizes = [1, 100, 65_536, 65_537, int.MaxValue];

    [Fact]
    public void What_is_written_is_read()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[0, 4].Select(i => VocabularySizes[i]), Gen.Int[0, int.MaxValue].Array[1, 60].Array[0, 20])
            .Sample((vocabularySize, drawn) =>
            {
                int[][] documents = [.. drawn.Select(document => document.Select(id => id % vocabularySize).ToArray())];
                using TokenShard shard = TokenShard.Open(folder.Shard("a.tokens", vocabularySize, documents));
                int[] all = [.. documents.SelectMany(document => document)];
                Assert.Equal((all.Length, documents.Length, vocabularySize), (shard.TokenCount, shard.DocumentCount, shard.VocabularySize));
                Assert.Equal(all.Length, shard.ByteCount);
                shard.VerifyChecksum();
                var read = new int[all.Length];
                shard.Copy(0, read);
                Assert.Equal(all, read);
                for (int i = 0, start = 0; i < documents.Length; start += documents[i++].Length)
                {
                    Assert.Equal(start, shard.DocumentStart(i));
                    var document = new long[documents[i].Length];
                    shard.Copy(start, document);
                    Assert.Equal(documents[i].Select(id => (long)id), document);
                }
                Assert.Equal(all.Length, shard.DocumentStart(documents.Length));
            }, iter: 200, threads: 1);
    }

    [Theory]
    [InlineData(65_536, 2)]
    [InlineData(65_537, 4)]
    public void Ids_take_two_bytes_while_they_fit(int vocabularySize, int width)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Shard("a.tokens", vocabularySize, [.. Enumerable.Range(0, 1000).Append(vocabularySize - 1)]);
        Assert.Equal(((96 + 1001 * width + 7) / 8 * 8) + 8, new FileInfo(path).Length);
    }

    [Fact]
    public void Documents_longer_than_a_buffer_are_whole()
    {
        using var folder = new TemporaryFolder();
        int[] ids = [.. Enumerable.Range(0, 100_000)];
        using TokenShard shard = TokenShard.Open(folder.Shard("a.tokens", 100_000, ids));
        var read = new int[ids.Length];
        shard.Copy(0, read);
        Assert.Equal(ids, read);
        shard.VerifyChecksum();
    }

    [Fact]
    public void Reading_outside_the_shard_is_refused()
    {
        using var folder = new TemporaryFolder();
        TokenShard shard = TokenShard.Open(folder.Shard("a.tokens", 10, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Copy(1, new int[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Copy(-1, new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Copy(long.MaxValue, new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.DocumentStart(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.DocumentStart(-1));
        shard.Dispose();
        shard.Dispose();
        Assert.Throws<ObjectDisposedException>(() => shard.Copy(0, new int[1]));
        Assert.Throws<ObjectDisposedException>(() => shard.DocumentStart(0));
        Assert.Throws<ObjectDisposedException>(shard.VerifyChecksum);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("absent", Assert.Throws<FileNotFoundException>(() => TokenShard.Open(folder.File("absent"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(70_000)]
    public void Every_flipped_bit_is_found(int vocabularySize)
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(folder.Shard("a.tokens", vocabularySize, [1, 2, 3], [4], [5, 6, 7]));
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            string path = folder.Write("bad.tokens", bad);
            var error = Assert.Throws<InvalidDataException>(() => OpenAndVerify(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            // The header and the index are refused before anything is read through them.
            if (bit / 8 < 96)
                Assert.Throws<InvalidDataException>(() => Open(path));
        }
    }

    [Fact]
    public void Every_truncation_and_every_tail_is_found()
    {
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(folder.Shard("a.tokens", 10, [1, 2, 3], [4]));
        for (int length = 0; length < good.Length; length++)
            Assert.Throws<InvalidDataException>(() => Open(folder.Write("bad.tokens", good[..length])));
        Assert.Throws<InvalidDataException>(() => Open(folder.Write("bad.tokens", [.. good, 0])));
    }

    [Theory]
    [InlineData(0, 0x41, "magic")]
    [InlineData(8, 3, "format version is 3")]
    [InlineData(8, 0, "format version is 0")]
    [InlineData(12, 4, "element width is 4")]
    [InlineData(19, 0x80, "vocabulary size is -")]
    [InlineData(20, 1, "reserved field is 1")]
    [InlineData(24, 200, "token count is 200")]
    [InlineData(31, 0x40, "token count is 46116860184273879")]
    [InlineData(31, 0x80, "token count is -")]
    [InlineData(32, 200, "document count is 200")]
    [InlineData(32, 0, "document count is 0")]
    [InlineData(32, 3, "length is 120")]
    [InlineData(47, 0x80, "byte count is -")]
    [InlineData(48, 99, "header checksum")]
    [InlineData(56, 1, "header checksum")]
    [InlineData(104, 1, "start of document 0 is 1")]
    [InlineData(112, 0, "start of document 1 is 0")]
    [InlineData(112, 9, "start of document 1 is 9")]
    public void A_lie_is_named_with_field_and_value(int offset, byte value, string named)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(folder.Shard("a.tokens", 10, [1, 2, 3], [4]));
        Assert.Equal(120, bytes.Length);
        bytes[offset] = value;
        string path = folder.Write("bad.tokens", bytes);
        var error = Assert.Throws<InvalidDataException>(() => Open(path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_id_never_leaves_the_shard()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(folder.Shard("a.tokens", 10, [1, 2, 3]));
        bytes[98] = 10;
        using TokenShard shard = TokenShard.Open(folder.Write("bad.tokens", bytes));
        var error = Assert.Throws<InvalidDataException>(() => shard.Copy(0, new long[2]));
        Assert.Contains("token 1 is 10", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => shard.Copy(0, new int[2]));
    }

    /// <summary>Files that the writer of format version 1 left: documents [1, 2, 3] and [4], of 7 and 2 bytes.</summary>
    [Theory]
    [InlineData(10, "57454654544F4B5301000000020000000A000000000000000400000000000000020000000000000009000000000000008886A0C9B1F2B3FE5794CF4E55D2572801000200030004"
        + "0000000000000000000300000000000000")]
    [InlineData(70_000, "57454654544F4B5301000000040000007011010000000000040000000000000002000000000000000900000000000000721FFC65FDDB8A5551C31B9EA5C390FC"
        + "0100000002000000030000000400000000000000000000000300000000000000")]
    public void Shards_of_the_first_version_are_still_read(int vocabularySize, string hex)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Convert.FromHexString(hex);
        using (TokenShard shard = TokenShard.Open(folder.Write("old.tokens", bytes)))
        {
            shard.VerifyChecksum();
            Assert.Equal((4L, 2, vocabularySize, 9L), (shard.TokenCount, shard.DocumentCount, shard.VocabularySize, shard.ByteCount));
            Assert.Null(shard.TokenizerHash);
            int[] ids = new int[4];
            shard.Copy(0, ids);
            Assert.Equal([1, 2, 3, 4], ids);
            Assert.Equal(3, shard.DocumentStart(1));
        }
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] bad = [.. bytes];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => OpenAndVerify(folder.Write("bad.tokens", bad)));
        }
    }

    [Fact]
    public void A_shard_knows_its_tokenizer()
    {
        using var folder = new TemporaryFolder();
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("a tokenizer"u8));
        using (var writer = TokenShardWriter.Create(folder.File("a.tokens"), 10, hash))
        {
            writer.Add([1, 2], 2);
            writer.Complete();
        }
        using TokenShard shard = TokenShard.Open(folder.File("a.tokens"));
        Assert.Equal(hash, shard.TokenizerHash);
        Assert.Equal(Convert.FromHexString(hash), File.ReadAllBytes(folder.File("a.tokens"))[56..88]);
        Assert.Contains("no SHA-256", Assert.Throws<ArgumentException>(() => TokenShardWriter.Create(folder.File("b.tokens"), 10, "abc")).Message, StringComparison.Ordinal);
    }

    private static void Open(string path) => TokenShard.Open(path).Dispose();

    private static void OpenAndVerify(string path)
    {
        using TokenShard shard = TokenShard.Open(path);
        shard.VerifyChecksum();
    }
}
