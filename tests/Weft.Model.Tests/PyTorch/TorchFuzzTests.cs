using System.Diagnostics;
using System.Globalization;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;

namespace Weft.Model.Tests.PyTorch;

/// <summary>
/// Valid files, damaged at random: each opens or is refused. The number of damaged pickles comes from the environment variable
/// WEFT_FUZZ_ITERATIONS; the seed is fixed, so that a longer run begins with the shorter one.
/// </summary>
public sealed class TorchFuzzTests
{
    private const int DefaultIterations = 20_000;

    /// <summary>Writing files is slow beside reading them.</summary>
    private const int PicklesPerArchive = 20;

    private static readonly int Iterations =
        int.Parse(Environment.GetEnvironmentVariable("WEFT_FUZZ_ITERATIONS") ?? $"{DefaultIterations}", CultureInfo.InvariantCulture);

    /// <summary>All instructions, and bytes that are lengths or counts at their limits.</summary>
    private static readonly byte[] Interesting =
        [.. Enum.GetValues<Opcode>().Select(code => (byte)code), 0, 1, 2, 0x7f, 0x80, 0xff, (byte)'\n', 0x81, 0x90, 0x92];

    [Fact]
    public void A_damaged_pickle_is_read_or_refused()
    {
        byte[][] seeds = [.. Samples().Select(sample => sample.Pickle)];
        var storage = new ZipEntry("model/data/0", 0, 64, null);
        Run(Iterations, seeds, pickle =>
        {
            object? root = new Unpickler("model.bin", "model/data.pkl", pickle,
                key => key is "0" or "1" ? storage : throw new CheckpointException("model.bin", $"lacks the entry '{key}'")).Read();
            if (root is PickleDictionary dictionary)
                foreach (TorchTensor tensor in dictionary.Entries.Select(entry => entry.Value).OfType<TorchTensor>())
                    Assert.InRange(tensor.Offset + (tensor.Layout.Count * tensor.Type.Size()), 0, 64);
        });
    }

    [Fact]
    public void A_damaged_archive_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.bin");
        byte[][] seeds = [.. Samples().SelectMany(sample => Enum.GetValues<ZipForm>().Select(form => TorchSave.File(sample.Pickle, sample.Storages, form)))];
        Run(Iterations / PicklesPerArchive, seeds, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            using TorchFile file = TorchFile.Open(path);
            foreach (TensorView tensor in file.Tensors.Values)
                tensor.ReadBytes(0, new byte[tensor.ByteCount]);
        });
    }

    private static void Run(int iterations, byte[][] seeds, Action<byte[]> read)
    {
        var random = new Random(20);
        int refused = 0, opened = 0;
        for (int i = 0; i < iterations; i++)
        {
            byte[] bytes = Damage(random, seeds[random.Next(seeds.Length)], seeds[random.Next(seeds.Length)]);
            long allocated = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
            try
            {
                read(bytes);
                opened++;
            }
            catch (CheckpointException e)
            {
                Refusal.CheckMessage(e, "model.bin");
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, (1 << 20) + (100L * bytes.Length));
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 10);
        }
        // Damage that always or never matters would test nothing.
        Assert.InRange(refused, iterations / 10, iterations);
        Assert.InRange(opened, iterations / 100, iterations);
    }

    /// <summary>A few changes: bytes, numbers, cuts, repeats, and parts of another sample.</summary>
    private static byte[] Damage(Random random, byte[] sample, byte[] other)
    {
        List<byte> bytes = [.. sample];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 2:
                    bytes.Insert(at, Interesting[random.Next(Interesting.Length)]);
                    break;
                case 3 when bytes.Count > length:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 5:
                    int from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + length)]);
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(4, bytes.Count - at));
                    bytes.InsertRange(at, BitConverter.GetBytes(random.Next(3) switch { 0 => int.MaxValue, 1 => -1, _ => random.Next(256) }));
                    break;
            }
        }
        return [.. bytes];
    }

    private static IEnumerable<(byte[] Pickle, (string, byte[])[] Storages)> Samples()
    {
        TorchSave.Tensor floats = TorchSave.Whole(ElementType.F32, "0", 4, 4), bytes = TorchSave.Whole(ElementType.F8_E4M3, "1", 8, 8);
        (string, byte[])[] storages = [("0", new byte[64]), ("1", new byte[64])];
        foreach (int protocol in new[] { 2, 4 })
        {
            yield return (TorchSave.StateDict([("a", floats), ("tied", floats), ("t", floats with { Strides = [1, 4] }), ("b", bytes)], protocol), storages);
            yield return (new PickleWriter(protocol).Op('}').Op('(').Text("epoch").Integer(100_000).Text("model").Op('}').Op('(')
                .Text("w").Tensor(floats with { Shape = [2, 2], Offset = 3 }).Op('u').Text("rest").Op(']').Op('(').Op('N').Raw(0x88).Op(')').Op('e')
                .Op('u').Finish(), storages);
        }
    }
}
