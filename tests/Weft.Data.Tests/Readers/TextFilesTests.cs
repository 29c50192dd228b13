using System.IO.Compression;
using System.Text;

using CsCheck;

namespace Weft.Data.Tests;

public class TextFilesTests
{
    private static readonly string[] Units = ["", "", " ", "word ", "日本語", "🌍", "x", "\t"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Folders_globs_and_files_expand_sorted_and_without_repetition()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "b.txt", "a.md", "c.json", "d.txt.gz", ".hidden.txt", ".git/x.txt", "obj/y.cs", "sub/deep/e.cs", "sub/f.log" })
            folder.Write(name, "text");
        // Windows lets only some users make links.
        if (!OperatingSystem.IsWindows())
            Directory.CreateSymbolicLink(folder.File("sub/above"), folder.FullName);
        string[] textLike = ["a.md", "b.txt", "d.txt.gz", "sub/deep/e.cs"];
        Assert.Equal(textLike.Select(folder.File), TextFiles.Expand([folder.FullName]));
        Assert.Equal(textLike.Append("sub/f.log").Select(folder.File), TextFiles.Expand([folder.File("sub/f.log"), folder.FullName, folder.File("b.txt")]));
        Assert.Equal([folder.File("b.txt")], TextFiles.Expand([folder.File("*.txt")]));
        Assert.Equal([folder.File("c.json")], TextFiles.Expand([folder.File("?.json")]));
        Assert.Equal([folder.File("sub/deep/e.cs")], TextFiles.Expand([folder.File("**/e.*")]));
        Assert.Equal([folder.File("a.md"), folder.File("sub/deep/e.cs")], TextFiles.Expand([folder.File("**/*.cs"), folder.File("**/*.md")]));
        Assert.Equal([folder.File("sub/f.log")], TextFiles.Expand([folder.File("s*/f.log")]));
        Assert.Equal([folder.File(".hidden.txt")], TextFiles.Expand([folder.File(".*.txt")]));
    }

    [Theory]
    [InlineData("absent.txt")]
    [InlineData("*.txt")]
    [InlineData("absent/*.txt")]
    [InlineData("empty")]
    public void A_path_that_stands_for_nothing_is_named(string path)
    {
        using var folder = new TemporaryFolder();
        folder.Write("empty/data.bin", "x");
        folder.Write("present.md", "x");
        var error = Assert.Throws<FileNotFoundException>(() => TextFiles.Expand([folder.File("present.md"), folder.File(path)]));
        Assert.Contains(folder.File(path), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Encodings_with_a_mark_and_gzip_give_the_same_text()
    {
        const string Text = "Grüße, 世界 🌍!";
        using var folder = new TemporaryFolder();
        string[] files =
        [
            folder.Write("plain.txt", Text),
            folder.Write("utf8.txt", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)]),
            folder.Write("utf16le.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Text)]),
            folder.Write("utf16be.txt", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Text)]),
            folder.Write("utf8.gz", Gzip(Encoding.UTF8.GetBytes(Text))),
        ];
        Assert.All(files, file => Assert.Equal([new TextDocument(Text, $"{file}#1")], TextFiles.Read([file], Ct)));
    }

    [Theory]
    [InlineData(new byte[0], "empty")]
    [InlineData(new byte[] { 32, 10, 10 }, "no text")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF }, "no text")]
    [InlineData(new byte[] { 65, 66, 0, 67 }, "byte 2 is NUL")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 65, 0 }, "byte 4 is NUL")]
    [InlineData(new byte[] { 65, 0xFF, 66 }, "byte 1 is not valid UTF-8")]
    [InlineData(new byte[] { 65, 0xC3 }, "byte 1 is not valid UTF-8")]
    [InlineData(new byte[] { 0xFF, 0xFE, 65, 0, 0, 0xD8, 66, 0 }, "byte 4 is not valid UTF-16")]
    [InlineData(new byte[] { 0xFE, 0xFF, 0, 65, 0xD8, 0 }, "byte 4 is not valid UTF-16")]
    [InlineData(new byte[] { 0xFF, 0xFE, 65, 0, 66 }, "byte 4 is not valid UTF-16")]
    [InlineData(new byte[] { 0x1F, 0x8B, 1, 2, 3 }, "gzip")]
    public void What_is_not_text_is_refused_with_file_and_byte(byte[] content, string named)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.txt", content);
        var error = Assert.Throws<InvalidDataException>(() => TextFiles.Read([path], Ct).ToList());
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(131_072)]
    public void A_bad_byte_beyond_the_first_buffer_is_counted_from_the_start(int offset)
    {
        using var folder = new TemporaryFolder();
        byte[] content = [.. Enumerable.Repeat((byte)'a', offset), 0xFF, .. "rest"u8];
        string path = folder.Write("bad.txt", content);
        var error = Assert.Throws<InvalidDataException>(() => TextFiles.Read([path], Ct).ToList());
        Assert.Contains($"byte {offset} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gzip_of_several_members_and_of_any_size_is_read_whole()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        foreach (int length in new[] { 1, 17, 18, 19, 8_191, 65_535, 65_536, 65_537, 300_000 })
        {
            byte[] content = [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next('0', 'z'))];
            string path = folder.Write("whole.gz", [.. Gzip(content), .. Gzip(content)]);
            Assert.Equal(Encoding.ASCII.GetString([.. content, .. content]), string.Concat(TextFiles.Read([path], Ct).Select(d => d.Text)));
        }
    }

    [Fact]
    public void Gzip_that_is_cut_off_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Gzip(Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 100))));
        for (int length = 2; length < whole.Length; length++)
        {
            string path = folder.Write("cut.gz", whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() => TextFiles.Read([path], Ct).ToList());
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("absent.txt", Assert.Throws<FileNotFoundException>(() => TextFiles.Read([folder.File("absent.txt")], Ct).ToList()).Message,
            StringComparison.Ordinal);
        Assert.Contains(folder.FullName, Assert.Throws<IOException>(() => TextFiles.Read([folder.FullName], Ct).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_in_order_are_the_content_but_for_white_space_at_the_cuts()
    {
        using var folder = new TemporaryFolder();
        Gen<string> line = Gen.Select(Gen.Int[0, 7].Select(i => Units[i]), Gen.OneOf(Gen.Int[0, 60], Gen.Int[0, 6000]),
            (unit, times) => string.Concat(Enumerable.Repeat(unit, times)));
        Gen.Select(line.Array[1, 60], Gen.Bool.Select(windows => windows ? "\r\n" : "\n")).Sample((lines, lineEnd) =>
        {
            string content = string.Join(lineEnd, lines) + "end";
            string path = folder.Write("text.txt", content);
            AssertMakeUp(content, TextFiles.Read([path], Ct));
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void Cuts_come_at_blank_lines_after_the_target()
    {
        using var folder = new TemporaryFolder();
        string paragraph = new('a', 900);
        string path = folder.Write("text.txt", "\n\n  " + string.Join("\n\n", Enumerable.Repeat(paragraph, 4)) + "\n");
        Assert.Equal([$"  {paragraph}\n\n{paragraph}\n\n{paragraph}", paragraph], TextFiles.Read([path], Ct).Select(document => document.Text));
    }

    [Fact]
    public void Tiny_Shakespeare_is_cut_into_documents()
    {
        string path = TestAssets.Require("datasets/tinyshakespeare/input.txt.gz");
        List<TextDocument> documents = [.. TextFiles.Read([path], Ct)];
        Assert.InRange(documents.Count, 400, 558);
        Assert.StartsWith("First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\n", documents[0].Text, StringComparison.Ordinal);
        using var plain = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        AssertMakeUp(plain.ReadToEnd().TrimEnd(), documents);
    }

    /// <summary>The documents follow each other in the content with nothing but white space between them.</summary>
    private static void AssertMakeUp(string content, IEnumerable<TextDocument> documents)
    {
        int at = 0;
        foreach (TextDocument document in documents)
        {
            int found = at;
            while (string.CompareOrdinal(content, found, document.Text, 0, document.Text.Length) != 0)
                Assert.True(char.IsWhiteSpace(content[found++]));
            Assert.InRange(document.Text.Length, 1, TextSections.Limit + (2 * TextSections.LineLimit));
            Assert.False(string.IsNullOrWhiteSpace(document.Text));
            at = found + document.Text.Length;
        }
        Assert.Equal(content.Length, at);
    }

    private static byte[] Gzip(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(content);
        return compressed.ToArray();
    }
}
