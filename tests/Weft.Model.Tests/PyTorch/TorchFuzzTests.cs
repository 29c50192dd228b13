using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;
using Weft.Model.Tests.Fuzzing;

namespace Weft.Model.Tests.PyTorch;

/// <summary>Valid files, damaged at random: each opens or is refused.</summary>
public sealed class TorchFuzzTests
{
    private const string FileName = "model.bin";

    private const int DefaultIterations = 20_000;

    /// <summary>Writing files is slow beside reading them.</summary>
    private const int PicklesPerArchive = 20;

    /// <summary>All instructions, and bytes that are lengths or counts at their limits.</summary>
    private static readonly byte[] Interesting =
        [.. Enum.GetValues<Opcode>().Select(code => (byte)code), 0, 1, 2, 0x7f, 0x80, 0xff, (byte)'\n', 0x81, 0x90, 0x92];

    [Fact]
    public void A_damaged_pickle_is_read_or_refused()
    {
        byte[][] seeds = [.. Samples().Select(sample => sample.Pickle)];
        var storage = new ZipEntry("model/data/0", 0, 64, null);
        new Fuzz
        {
            File = FileName,
            Make = From(seeds),
            Read = pickle =>
            {
                object? root = new Unpickler(FileName, "model/data.pkl", pickle,
                    key => key is "0" or "1" ? storage : throw new CheckpointException(FileName, $"lacks the entry '{key}'")).Read();
                if (root is PickleDictionary dictionary)
                    foreach (TorchTensor tensor in dictionary.Entries.Select(entry => entry.Value).OfType<TorchTensor>())
                        Assert.InRange(tensor.Offset + (tensor.Layout.Count * tensor.Type.Size()), 0, 64);
            },
        }.Run(Fuzz.Iterations(DefaultIterations));
    }

    [Fact]
    public void A_damaged_archive_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(FileName);
        byte[][] seeds = [.. Samples().SelectMany(sample => Enum.GetValues<ZipForm>().Select(form => TorchSave.File(sample.Pickle, sample.Storages, form)))];
        new Fuzz
        {
            File = FileName,
            Make = From(seeds),
            Place = bytes => File.WriteAllBytes(path, bytes),
            Read = _ =>
            {
                using TorchFile file = TorchFile.Open(path);
                foreach (TensorView tensor in file.Tensors.Values)
                    tensor.ReadBytes(0, new byte[tensor.ByteCount]);
            },
        }.Run(Fuzz.Iterations(DefaultIterations) / PicklesPerArchive);
    }

    private static Func<Random, byte[]> From(byte[][] seeds) => random =>
        Damage.Bytes(random, seeds[random.Next(seeds.Length)], seeds[random.Next(seeds.Length)], Interesting);

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
