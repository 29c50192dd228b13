using System.Text;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;

namespace Weft.Model.Tests.PyTorch;

/// <summary>Files as torch.save writes them, or nearly so: the pickle and the archive are made without the library's code.</summary>
internal static class TorchSave
{
    /// <summary>Classes of the storages that PyTorch names by type; for the other types it stores bytes and names the type.</summary>
    public static readonly IReadOnlyDictionary<ElementType, string> StorageNames = new Dictionary<ElementType, string>
    {
        [ElementType.F32] = "FloatStorage",
        [ElementType.F64] = "DoubleStorage",
        [ElementType.F16] = "HalfStorage",
        [ElementType.BF16] = "BFloat16Storage",
        [ElementType.I64] = "LongStorage",
        [ElementType.I32] = "IntStorage",
        [ElementType.I16] = "ShortStorage",
        [ElementType.I8] = "CharStorage",
        [ElementType.U8] = "ByteStorage",
        [ElementType.BOOL] = "BoolStorage",
    };

    public static readonly IReadOnlyDictionary<ElementType, string> TypeNames = new Dictionary<ElementType, string>
    {
        [ElementType.F8_E4M3] = "float8_e4m3fn",
        [ElementType.F8_E5M2] = "float8_e5m2",
        [ElementType.U16] = "uint16",
        [ElementType.U32] = "uint32",
        [ElementType.U64] = "uint64",
    };

    /// <param name="Type">Of the elements.</param>
    /// <param name="Key">Of the storage.</param>
    /// <param name="StorageCount">Elements that the pickle claims for the storage; bytes for the types without a class of their own.</param>
    /// <param name="Offset">First element.</param>
    /// <param name="Shape">Sizes.</param>
    /// <param name="Strides">In elements.</param>
    internal sealed record Tensor(ElementType Type, string Key, long StorageCount, long Offset, long[] Shape, long[] Strides);

    /// <summary>A contiguous tensor that fills a storage.</summary>
    public static Tensor Whole(ElementType type, string key, params long[] shape)
    {
        long[] strides = new long[shape.Length];
        long count = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = count;
            count *= shape[d];
        }
        return new(type, key, StorageNames.ContainsKey(type) ? count : count * type.Size(), 0, shape, strides);
    }

    /// <summary>The pickle of an OrderedDict of tensors with the versions of modules, as state_dict() returns it.</summary>
    public static byte[] StateDict(IEnumerable<(string Name, Tensor Tensor)> tensors, int protocol = 2)
    {
        PickleWriter pickle = new PickleWriter(protocol).OrderedDictionary().Op('(');
        foreach ((string name, Tensor tensor) in tensors)
            pickle.Text(name).Tensor(tensor);
        return pickle.Op('u').Op('}').Text("_metadata").OrderedDictionary().Op('s').Op('b').Finish();
    }

    /// <summary>The bytes of a file with this pickle and these storages, in the order in which torch.save writes entries.</summary>
    public static byte[] File(byte[] pickle, IEnumerable<(string Key, byte[] Bytes)> storages, ZipForm form = ZipForm.Torch) => ZipFile.Write(
    [
        new("model/data.pkl", pickle),
        new("model/byteorder", "little"u8.ToArray()),
        .. storages.Select(storage => new ZipFile.Entry($"model/data/{storage.Key}", storage.Bytes)),
        new("model/version", "3\n"u8.ToArray()),
        new("model/.data/serialization_id", Encoding.ASCII.GetBytes(new string('1', 40))),
    ], form);

    /// <summary>Opens bytes as a file that is removed with the folder.</summary>
    public static TorchFile Open(TemporaryFolder folder, byte[] bytes)
    {
        string path = folder.File("model.bin");
        System.IO.File.WriteAllBytes(path, bytes);
        return TorchFile.Open(path);
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static float[] Read(TensorView view)
    {
        float[] values = new float[view.Count];
        view.ReadFloats(0, values);
        return values;
    }
}
