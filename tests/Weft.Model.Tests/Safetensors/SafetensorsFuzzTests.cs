using System.Text;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Tests.Fuzzing;

namespace Weft.Model.Tests.Safetensors;

/// <summary>Valid files, damaged at random in their bytes and in what their headers say.</summary>
public sealed class SafetensorsFuzzTests
{
    private const string FileName = "model.safetensors";

    private const int DefaultIterations = 20_000;

    /// <summary>Writing files is slow beside reading them.</summary>
    private const int HeadersPerFile = 20;

    private static readonly byte[] Interesting = [0, 1, 8, 0x7f, 0x80, 0xff, .. "0123456789-+.eE{}[]:,\"\\ \n"u8];

    private static readonly (byte[] Json, byte[] Data)[] Samples =
    [
        .. new[]
        {
            ("""{"__metadata__":{"format":"pt","tied":"a"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""", 32),
            ("""{"scalar":{"dtype":"F8_E4M3","shape":[],"data_offsets":[0,1]},"empty":{"dtype":"I64","shape":[0,5],"data_offsets":[1,1]},"f":{"dtype":"F64","shape":[1,2],"data_offsets":[1,17]}}""", 17),
            ("""{"w":{"data_offsets":[8,16],"shape":[2,2,1],"dtype":"F16"},"v":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", 16),
            ("""{}""", 0),
        }.Select(sample => (Encoding.UTF8.GetBytes(sample.Item1), new byte[sample.Item2])),
    ];

    private static readonly byte[][] Files = [.. Samples.Select(sample => RawSafetensors.File(sample.Json, sample.Data))];

    [Fact]
    public void A_damaged_header_is_read_or_refused() => new Fuzz
    {
        File = FileName,
        Make = Make,
        Read = bytes =>
        {
            foreach (SafetensorsHeader.Entry entry in SafetensorsHeader.Read(FileName, new MemoryStream(bytes)) is var header ? header.Entries : [])
            {
                Assert.InRange(header.DataStart + entry.Begin, header.DataStart, bytes.Length);
                Assert.InRange(header.DataStart + entry.End, header.DataStart + entry.Begin, bytes.Length);
            }
        },
    }.Run(Fuzz.Iterations(DefaultIterations));

    [Fact]
    public void A_damaged_file_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(FileName);
        new Fuzz
        {
            File = FileName,
            Make = Make,
            Place = bytes => File.WriteAllBytes(path, bytes),
            Read = _ =>
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                foreach (TensorView tensor in file.Tensors.Values)
                {
                    tensor.ReadBytes(0, new byte[tensor.ByteCount]);
                    if (FloatWidening.Reads(tensor.Type))
                        tensor.ReadFloats(0, new float[tensor.Count]);
                }
            },
        }.Run(Fuzz.Iterations(DefaultIterations) / HeadersPerFile);
    }

    private static byte[] Make(Random random)
    {
        int one = random.Next(Samples.Length), other = random.Next(Samples.Length - 1);
        return random.Next(3) == 0
            ? Damage.Bytes(random, Files[one], Files[other], Interesting)
            : RawSafetensors.File(Damage.Json(random, Samples[one].Json, Samples[other].Json), Samples[one].Data);
    }
}
