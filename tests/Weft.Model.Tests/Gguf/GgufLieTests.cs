using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;

namespace Weft.Model.Tests.Gguf;

/// <summary>Files whose headers say what is not so.</summary>
public sealed class GgufLieTests
{
    public static TheoryData<string> Lies => [.. Cases.Keys];

    private static Dictionary<string, (byte[] File, string Word)> Cases => new()
    {
        ["no magic"] = ([.. new byte[64]], "magic"),
        ["a version to come"] = (new RawGguf { Version = 4 }.Bytes(), "version"),
        ["more keys than bytes"] = (new RawGguf { KeyCount = ulong.MaxValue }.Bytes(), "metadata_kv_count"),
        ["more tensors than bytes"] = (new RawGguf { TensorCount = ulong.MaxValue }.Bytes(), "tensor_count"),
        ["more tensors than descriptions fit"] = (new RawGguf { TensorCount = 3, Data = new byte[40] }.Bytes(), "3 tensors"),
        ["a name without end"] = ([.. new RawGguf { TensorCount = 1 }.Bytes()[..24], .. BitConverter.GetBytes(ulong.MaxValue), .. new byte[32]], "name of tensor 0"),
        ["the same name twice"] = (new RawGguf { Data = new byte[36] }.Tensor("w", 0, [1], 0).Tensor("w", 0, [1], 32).Bytes(), "twice"),
        ["an offset between two lines"] = (new RawGguf { Data = new byte[36] }.Tensor("w", 0, [1], 4).Bytes(), "no multiple of 32"),
        ["tensors that overlap"] = (new RawGguf { Data = new byte[64] }.Tensor("v", 0, [12], 0).Tensor("w", 0, [1], 32).Bytes(), "64 was expected"),
        ["a hole"] = (new RawGguf { Data = new byte[68] }.Tensor("v", 0, [1], 0).Tensor("w", 0, [1], 64).Bytes(), "32 was expected"),
        ["data before the first tensor"] = (new RawGguf { Data = new byte[64] }.Tensor("v", 0, [1], 32).Bytes(), "0 was expected"),
        ["data after the last tensor"] = (new RawGguf { Data = new byte[64] }.Tensor("v", 0, [1], 0).Bytes(), "end at byte 4 of 64"),
        ["data that is cut off"] = (new RawGguf { Data = new byte[4] }.Tensor("v", 0, [2], 0).Bytes(), "4 bytes of data"),
        ["no data at all"] = (new RawGguf().Tensor("v", 0, [2], 0).Bytes(), "0 bytes of data"),
        ["a far offset"] = (new RawGguf { Data = new byte[8] }.Tensor("v", 0, [2], 1UL << 63).Bytes(), "outside"),
        ["a size beyond the file"] = (new RawGguf { Data = new byte[8] }.Tensor("v", 0, [1 << 20], 0).Bytes(), "outside"),
        ["a size beyond 63 bits"] = (new RawGguf { Data = new byte[8] }.Tensor("v", 0, [ulong.MaxValue], 0).Bytes(), "impossible shape"),
        ["a product beyond 63 bits"] = (new RawGguf { Data = new byte[8] }.Tensor("v", 0, [1UL << 40, 1UL << 40], 0).Bytes(), "impossible shape"),
        ["five dimensions"] = (new RawGguf { Data = new byte[4] }.Tensor("v", 0, [1, 1, 1, 1, 1], 0).Bytes(), "5 dimensions"),
        ["a type that others have"] = (new RawGguf { Data = new byte[64] }.Tensor("v", 20, [32], 0).Bytes(), "20 (IQ4_NL)"),
        ["a type that nobody has"] = (new RawGguf { Data = new byte[64] }.Tensor("v", 4711, [32], 0).Bytes(), "4711"),
        ["rows that are no whole blocks"] = (new RawGguf { Data = new byte[64] }.Tensor("v", 8, [16, 2], 0).Bytes(), "whole blocks of 32"),
        ["an alignment of no power of two"] = (new RawGguf().Integer("general.alignment", 48).Bytes(), "general.alignment"),
        ["an alignment of nothing"] = (new RawGguf().Integer("general.alignment", 0).Bytes(), "general.alignment"),
        ["an alignment beyond reason"] = (new RawGguf().Integer("general.alignment", 1u << 31).Bytes(), "general.alignment"),
        ["an alignment that is text"] = (new RawGguf().Text("general.alignment", "32").Bytes(), "general.alignment"),
        ["a key twice"] = (new RawGguf().Integer("a", 1).Integer("a", 1).Bytes(), "there twice"),
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Is_refused_by_name_and_left_closed(string lie)
    {
        (byte[] file, string word) = Cases[lie];
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        File.WriteAllBytes(path, file);
        Assert.Contains(word, Refusal.Check(() => GgufFile.Open(path).Dispose(), path).Message, StringComparison.Ordinal);
        new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    [Fact]
    public void Every_beginning_of_a_file_is_refused_until_its_last_tensor_is_whole()
    {
        byte[] file = new RawGguf { Data = [.. BitConverter.GetBytes(1.5f), .. new byte[28], .. BitConverter.GetBytes(2.5f)] }
            .Text("general.name", "织").Tensor("v", 0, [1], 0).Tensor("w", 0, [1, 1], 32).Bytes();
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        for (int length = 0; length < file.Length; length++)
        {
            File.WriteAllBytes(path, file[..length]);
            Refusal.Check(() => GgufFile.Open(path).Dispose(), path);
        }
        // The last tensor's padding may be there or not.
        foreach (byte[] whole in new byte[][] { file, [.. file, .. new byte[28]] })
        {
            File.WriteAllBytes(path, whole);
            using GgufFile opened = GgufFile.Open(path);
            float[] value = new float[1];
            opened.Tensors["w"].ReadFloats(0, value);
            Assert.Equal([2.5f], value);
            Assert.Equal([1, 1], opened.Tensors["w"].Shape);
        }
    }

    [Fact]
    public void Another_alignment_and_version_2_are_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        File.WriteAllBytes(path, new RawGguf { Version = 2, Data = [.. new byte[128], .. BitConverter.GetBytes((short)-7)] }
            .Integer("general.alignment", 128).Tensor("v", 0, [1], 0).Tensor("w", 25, [1], 128).Bytes(128));
        using GgufFile file = GgufFile.Open(path);
        byte[] bytes = new byte[2];
        file.Tensors["w"].ReadBytes(0, bytes);
        Assert.Equal((ElementType.I16, -7), (file.Tensors["w"].Type, BitConverter.ToInt16(bytes)));
        Assert.Equal([new GgufKey("general.alignment", "UInt32", "128")], file.Keys);
    }

    [Fact]
    public void A_missing_file_is_reported_as_such()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(folder.File("absent.gguf")));
        Assert.Throws<DirectoryNotFoundException>(() => Checkpoint.Open(folder.File("absent")));
    }
}
