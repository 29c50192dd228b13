using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;

namespace Weft.Model.Tests.Gguf;

public sealed class GgufWriterTests
{
    public static TheoryData<string> Mistakes => [.. Cases.Keys];

    private static Dictionary<string, (KeyValuePair<string, object>[] Keys, TensorSource[] Tensors)> Cases => new()
    {
        ["a name twice"] = ([], [Tensor("w", ElementType.F32, 1), Tensor("w", ElementType.F32, 1)]),
        ["a type of other formats"] = ([], [Tensor("w", ElementType.U16, 1)]),
        ["a negative size"] = ([], [Tensor("w", ElementType.F32, -1)]),
        ["a size beyond 63 bits"] = ([], [Tensor("w", ElementType.F32, 1L << 40, 1L << 40)]),
        ["half a block"] = ([], [Tensor("w", ElementType.Q8_0, 2, 16)]),
        ["five dimensions"] = ([], [Tensor("w", ElementType.F32, 1, 1, 1, 1, 1)]),
        ["a key twice"] = ([new("a", 1), new("a", 2)], []),
        ["the writer's own key"] = ([new("general.alignment", 64u)], []),
        ["a value of another type"] = ([new("a", 1m)], []),
        ["an array of another type"] = ([new("a", new object[] { 1 })], []),
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_the_format_does_not_hold_is_refused_and_nothing_is_written(string mistake)
    {
        (KeyValuePair<string, object>[] keys, TensorSource[] tensors) = Cases[mistake];
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => GgufWriter.Write(folder.File("model.gguf"), keys, tensors));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_tensor_of_the_wrong_length_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(path, [], [new("w", ElementType.F32, [2], stream => stream.Write(new byte[4]))]));
        Assert.Equal(["model.gguf"], folder.Names);
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void Written_bytes_follow_the_published_layout()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        GgufWriter.Write(path, [new("general.name", "织"), new("x.count", 7u), new("x.epsilon", 0.5f)],
        [
            new("v", ElementType.F32, [3, 2], stream => stream.Write(new byte[24])),
            new("w", ElementType.F16, [1], stream => stream.Write([1, 2])),
        ]);
        byte[] expected = new RawGguf { Data = [.. new byte[32], 1, 2, .. new byte[30]] }
            .Text("general.name", "织").Integer("x.count", 7).Single("x.epsilon", 0.5f).Tensor("v", 0, [2, 3], 0).Tensor("w", 1, [1], 32).Bytes();
        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Fact]
    public void Every_type_of_value_is_read_back()
    {
        KeyValuePair<string, object>[] keys =
        [
            new("u8", (byte)200), new("i8", (sbyte)-100), new("u16", (ushort)60_000), new("i16", (short)-30_000), new("u32", 4_000_000_000u), new("i32", -2_000_000_000),
            new("f32", 0.1f), new("flag", true), new("text", "织 a"), new("u64", 1UL << 62), new("i64", -1L << 62), new("f64", 0.1), new("texts", new[] { "a", "" }), new("numbers", new[] { 1, -2, 3 }),
        ];
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        GgufWriter.Write(path, keys, []);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(
            ["200", "-100", "60000", "-30000", "4000000000", "-2000000000", "0.1", "true", "织 a", "4611686018427387904", "-4611686018427387904", "0.1", "2 values", "3 values"],
            file.Keys.Select(key => key.Value));
    }

    private static TensorSource Tensor(string name, ElementType type, params long[] shape) => new(name, type, shape, _ => Assert.Fail("nothing may be written"));
}
