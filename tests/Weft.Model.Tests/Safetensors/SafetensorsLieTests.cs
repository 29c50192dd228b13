using System.Diagnostics;
using System.Text;

using CsCheck;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;

namespace Weft.Model.Tests.Safetensors;

/// <summary>A header is data from strangers: whatever it claims, the answer is one exception and no more memory than the file has.</summary>
public sealed class SafetensorsLieTests
{
    /// <summary>Enough for exceptions, JSON and the test itself; far below what the lies ask for.</summary>
    private const long AllowedAllocation = 4 << 20;

    private const string FourFloats = """{"dtype":"F32","shape":[4],"data_offsets":[0,16]}""";

    [Theory]
    [InlineData(9UL)]
    [InlineData(1UL << 20)]
    [InlineData(100_000_001UL)]
    [InlineData((ulong)int.MaxValue)]
    [InlineData((ulong)uint.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData((ulong)long.MaxValue - 7)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    public void A_header_length_that_the_file_cannot_hold_is_refused(ulong length) =>
        Refuse([.. BitConverter.GetBytes(length), .. "{}      "u8], "header");

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"w\"}")]
    [InlineData("not json at all")]
    [InlineData("{\"w\":null}")]
    [InlineData("{\"w\":[]}")]
    [InlineData("{\"w\":{}}")]
    [InlineData("{\"__metadata__\":null}")]
    [InlineData("{\"__metadata__\":[]}")]
    [InlineData("{\"__metadata__\":{\"a\":1}}")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}")]
    [InlineData("{\"__metadata__\":{\"a\":\"\\ud800\"}}")]
    [InlineData("{\"__metadata__\":{\"\\ud800\":\"a\"}}")]
    [InlineData("/* comment */{}")]
    public void A_header_that_is_no_table_of_tensors_is_refused(string json) => Refuse(RawSafetensors.File(json), "header");

    [Theory]
    [InlineData("""{"w":{"shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":null,"shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":5,"shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F31","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"f32","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"0","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"332","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"-1","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32, F16","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"\ud800","shape":[4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":4,"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":["4"],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4e0],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":{}}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[16]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16,32]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,"16"]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,15]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[1,17]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[9223372036854775791,9223372036854775807]}}""")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[-9223372036854775808,-9223372036854775792]}}""")]
    public void A_tensor_that_lies_about_itself_is_refused(string json) => Refuse(RawSafetensors.File(json, 16), "");

    [Theory]
    [InlineData("overlap", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}""", 24)]
    [InlineData("same bytes twice", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)]
    [InlineData("hole", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""", 12)]
    [InlineData("hole before", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8)]
    [InlineData("data after", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 8)]
    [InlineData("only data", "{}", 1)]
    [InlineData("beyond the file", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3)]
    [InlineData("empty inside another", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}""", 4)]
    public void Tensors_that_do_not_tile_the_data_are_refused(string why, string json, int dataLength)
    {
        Assert.NotEmpty(why);
        Refuse(RawSafetensors.File(json, dataLength), "fetch it again");
    }

    [Theory]
    [InlineData("\"w\"", "\"w\"")]
    [InlineData("\"w\"", "\"\\u0077\"")]
    [InlineData("\"\"", "\"\"")]
    public void A_name_given_twice_is_refused(string first, string second) =>
        Refuse(RawSafetensors.File($$$"""{{{{first}}}:{{{FourFloats}}},{{{second}}}:{"dtype":"F32","shape":[0],"data_offsets":[16,16]}}""", 16), "");

    [Fact]
    public void Tensors_may_be_listed_in_another_order_than_they_lie_in()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        File.WriteAllBytes(path, RawSafetensors.File(
            """
            {"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"empty":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},
             "a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}
            """u8.ToArray(), [3, 4]));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        byte[] value = new byte[1];
        file.Tensors["a"].ReadBytes(0, value);
        Assert.Equal(3, value[0]);
    }

    [Fact]
    public void Hostile_names_do_not_break_or_flood_the_message()
    {
        string name = "line one\\nline two\\r\\u2028\\u0000" + new string('x', 100_000);
        Refuse(RawSafetensors.File($$$"""{"{{{name}}}":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}""", 16), "fetch it again");
        Refuse(RawSafetensors.File($$$"""{"w":{"dtype":"{{{name}}}","shape":[4],"data_offsets":[0,16]}}""", 16), "element type");
        string shape = string.Join(',', Enumerable.Repeat("1", 50_000));
        Refuse(RawSafetensors.File($$$"""{"w":{"dtype":"F32","shape":[{{{shape}}}],"data_offsets":[0,16]}}""", 16), "cannot fill");
    }

    [Fact]
    public void Deep_nesting_is_refused_without_a_stack_overflow() =>
        Refuse(RawSafetensors.File("{\"w\":" + new string('[', 200_000)), "header");

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_or_read()
    {
        Gen.Byte.Array[1, 40].Sample(noise =>
        {
            OpenOrRefuse(RawSafetensors.File([.. "{\""u8, .. noise, .. "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8], []));
            OpenOrRefuse(RawSafetensors.File([.. "{\"__metadata__\":{\"a\":\""u8, .. noise, .. "\"}}"u8], []));
        }, iter: 300);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = Sample();
        for (int length = 0; length < whole.Length; length++)
            Refuse(whole[..length], "");
    }

    [Fact]
    public void Flipped_bytes_are_refused_or_leave_a_file_that_reads_safely()
    {
        byte[] whole = Sample();
        int header = 8 + (int)BitConverter.ToInt64(whole);
        for (int position = 0; position < header; position++)
            foreach (int mask in new[] { 0x01, 0x80, 0xff })
                OpenOrRefuse([.. whole[..position], (byte)(whole[position] ^ mask), .. whole[(position + 1)..]]);
    }

    [Fact]
    public void Random_damage_is_refused_or_leaves_a_file_that_reads_safely()
    {
        byte[] whole = Sample();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 6].Sample(damage =>
        {
            byte[] bytes = [.. whole];
            foreach ((int position, byte value) in damage)
                bytes[position] = value;
            OpenOrRefuse(bytes);
        }, iter: 3000);
    }

    [Fact]
    public void A_missing_file_is_reported_as_such()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder.File("absent.safetensors")));
    }

    /// <summary>Three tensors and metadata, small enough to damage it everywhere.</summary>
    private static byte[] Sample() => RawSafetensors.File(Encoding.UTF8.GetBytes(
        """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, """
        + """ "b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},"c":{"dtype":"I64","shape":[0,9],"data_offsets":[26,26]}} """),
        [.. Enumerable.Range(1, 26).Select(i => (byte)i)]);

    private static void Refuse(byte[] bytes, string inMessage)
    {
        CheckpointException? refusal = OpenOrRefuse(bytes);
        Assert.NotNull(refusal);
        Assert.Contains(inMessage, refusal.Message, StringComparison.Ordinal);
    }

    private static CheckpointException? OpenOrRefuse(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("lie.safetensors");
        File.WriteAllBytes(path, bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        CheckpointException? refusal = null;
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (TensorView tensor in file.Tensors.Values)
                tensor.ReadBytes(0, new byte[tensor.ByteCount]);
        }
        catch (CheckpointException e)
        {
            refusal = e;
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, AllowedAllocation + (20L * bytes.Length));
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 10);
        if (refusal is not null)
            Refusal.CheckMessage(refusal, path);
        return refusal;
    }
}
