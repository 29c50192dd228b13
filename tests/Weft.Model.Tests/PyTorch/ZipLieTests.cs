using System.Buffers.Binary;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;

namespace Weft.Model.Tests.PyTorch;

/// <summary>Archives that are damaged, lie about their entries, or are something else.</summary>
public sealed class ZipLieTests
{
    private static readonly byte[] Pickle = TorchSave.StateDict([("w", TorchSave.Whole(ElementType.F32, "0", 4))]);

    private static readonly ZipFile.Entry PickleEntry = new("m/data.pkl", Pickle), Storage = new("m/data/0", new byte[16]);

    [Theory]
    [InlineData(ZipForm.Torch)]
    [InlineData(ZipForm.Wide)]
    [InlineData(ZipForm.Plain)]
    public void Every_truncation_is_refused(ZipForm form)
    {
        byte[] whole = ZipFile.Write([PickleEntry, Storage], form);
        Assert.Null(PickleLieTests.OpenOrRefuse(whole));
        for (int length = 0; length < whole.Length; length++)
            Assert.NotNull(PickleLieTests.OpenOrRefuse(whole[..length]));
    }

    [Fact]
    public void Every_truncation_of_the_pickle_is_refused()
    {
        for (int length = 0; length < Pickle.Length; length++)
            Refuse("data.pkl", PickleEntry with { Bytes = Pickle[..length] }, Storage);
    }

    [Fact]
    public void Entries_that_are_not_stored_as_they_are_say_why()
    {
        Refuse("'m/data/0' is compressed (method 8)", PickleEntry, Storage with { Method = 8 });
        Refuse("'m/data.pkl' is compressed (method 93)", PickleEntry with { Method = 93 }, Storage);
        Refuse("'m/data/0' is encrypted", PickleEntry, Storage with { Flags = 1 });
    }

    [Fact]
    public void Entries_that_overlap_or_are_elsewhere_are_refused()
    {
        Refuse("overlaps", PickleEntry, Storage with { ClaimedSize = 100 });
        Refuse("overlaps", PickleEntry with { ClaimedSize = (ulong)Pickle.Length + 100 }, Storage);
        Refuse("claims", PickleEntry, Storage with { ClaimedSize = uint.MaxValue - 1 });
        Refuse("claims", PickleEntry, Storage with { ClaimedOffset = uint.MaxValue - 1 });
        Refuse("does not begin", PickleEntry, Storage with { ClaimedOffset = 0 });
        Refuse("does not begin", PickleEntry, Storage with { ClaimedOffset = 1 });
        Refuse("does not begin", PickleEntry, Storage with { HeaderName = "m/data/1" });
        Refuse("twice", PickleEntry, Storage, Storage);
        // The same bytes under two names: each header repeats the name, so the second is inside the first.
        Refuse("overlaps", PickleEntry, Storage with { Bytes = ZipFile.Write([new("m/data/1", new byte[16])])[..70] },
            new("m/data/1", []) { ClaimedOffset = Where(PickleEntry) });
    }

    [Theory]
    [InlineData(ulong.MaxValue, 0UL)]
    [InlineData(0UL, ulong.MaxValue)]
    [InlineData(1UL << 63, 0UL)]
    [InlineData(0UL, 1UL << 63)]
    [InlineData(ulong.MaxValue - 15, 16UL)]
    [InlineData((ulong)long.MaxValue, (ulong)long.MaxValue)]
    public void Sizes_of_64_bits_that_lie_are_refused(ulong size, ulong offset)
    {
        byte[] whole = ZipFile.Write([PickleEntry, Storage with { ClaimedSize = size, ClaimedOffset = offset }], ZipForm.Wide);
        Assert.NotNull(PickleLieTests.OpenOrRefuse(whole));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(48)]
    public void A_directory_that_lies_about_itself_is_refused(int field)
    {
        foreach (ulong lie in new ulong[] { 0, 1, 3, 1000, uint.MaxValue, long.MaxValue, 1UL << 63, ulong.MaxValue })
        {
            byte[] whole = ZipFile.Write([PickleEntry, Storage]);
            BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(whole.Length - 98 + field), lie);
            Assert.NotNull(PickleLieTests.OpenOrRefuse(whole));
        }
    }

    [Fact]
    public void An_archive_in_parts_is_named()
    {
        byte[] whole = ZipFile.Write([PickleEntry, Storage]);
        whole[^82] = 1;
        Assert.Contains("several parts", PickleLieTests.OpenOrRefuse(whole)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_archives_are_named_with_what_to_do()
    {
        Refuse("TorchScript", PickleEntry, new("m/constants.pkl", Pickle), Storage);
        Refuse("0 entries named '…/data.pkl'", new ZipFile.Entry("readme.txt", []));
        Refuse("2 entries named '…/data.pkl'", PickleEntry, Storage, new("other/data.pkl", Pickle));
        Refuse("little-endian", PickleEntry, new("m/byteorder", "big"u8.ToArray()), Storage);
        Refuse("lacks the entry 'm/data/0'", PickleEntry);
        foreach ((byte[] bytes, string expected) in new (byte[], string)[]
        {
            ([], "is empty"),
            ("<html>not found</html>"u8.ToArray(), "is no zip archive"),
            ("version https://git-lfs.github.com/spec/v1"u8.ToArray(), "is no zip archive"),
            ([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'], "before 1.6"),
            ("PK\u0003\u0004 and nothing else, though long enough for a directory"u8.ToArray(), "no directory at its end"),
        })
            Assert.Contains(expected, PickleLieTests.OpenOrRefuse(bytes)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_reported_as_such()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FileNotFoundException>(() => TorchFile.Open(folder.File("absent.bin")));
    }

    /// <summary>Where an entry that follows this one alone has a header inside its own bytes.</summary>
    private static ulong Where(ZipFile.Entry first)
    {
        byte[] whole = ZipFile.Write([first, new("m/data/0", "PK\u0003\u0004"u8.ToArray())]);
        return (ulong)whole.AsSpan(1).LastIndexOf("PK\u0003\u0004"u8) + 1;
    }

    private static void Refuse(string expected, params ZipFile.Entry[] entries) =>
        Assert.Contains(expected, PickleLieTests.OpenOrRefuse(ZipFile.Write(entries))?.Message, StringComparison.Ordinal);
}
