using System.Buffers.Binary;
using System.Text;

namespace Weft.Model.Tests.PyTorch;

/// <summary>Writes pickles instruction by instruction, as Python's pickle module does for what torch.save is given.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _bytes = [];
    private readonly int _protocol;
    private int _memo;

    /// <param name="protocol">2 is what torch.save writes; 4 and 5 have frames and shorter texts.</param>
    public PickleWriter(int protocol = 2)
    {
        _protocol = protocol;
        Raw(0x80, (byte)protocol);
    }

    /// <summary>The pickle, ended.</summary>
    public byte[] Finish()
    {
        Op('.');
        byte[] body = [.. _bytes];
        if (_protocol < 4)
            return body;
        byte[] frame = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(frame, body.Length - 2);
        return [.. body[..2], 0x95, .. frame, .. body[2..]];
    }

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Op(char code) => Raw((byte)code);

    /// <summary>Keeps the value for later, as Python's writer keeps nearly all.</summary>
    public PickleWriter Memoize() => _protocol >= 4 ? Raw(0x94)
        : _memo < 256 ? Raw((byte)'q', (byte)_memo++)
        : Op('r').Raw(BitConverter.GetBytes(_memo++));

    public PickleWriter Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return (_protocol >= 4 && utf8.Length < 256 ? Raw(0x8c, (byte)utf8.Length) : Op('X').Raw(BitConverter.GetBytes(utf8.Length))).Raw(utf8).Memoize();
    }

    public PickleWriter Integer(long value) => value switch
    {
        >= 0 and < 256 => Raw((byte)'K', (byte)value),
        >= 0 and < 65_536 => Op('M').Raw(BitConverter.GetBytes((ushort)value)),
        >= int.MinValue and <= int.MaxValue => Op('J').Raw(BitConverter.GetBytes((int)value)),
        _ => Raw(0x8a, 8).Raw(BitConverter.GetBytes(value)),
    };

    public PickleWriter Global(string module, string name) => _protocol >= 4
        ? Text(module).Text(name).Raw(0x93).Memoize()
        : Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n")).Memoize();

    public PickleWriter Tuple(params ReadOnlySpan<long> items)
    {
        Op('(');
        foreach (long item in items)
            Integer(item);
        return Op('t').Memoize();
    }

    public PickleWriter OrderedDictionary() => Global("collections", "OrderedDict").Raw((byte)')', (byte)'R').Memoize();

    /// <summary>The persistent id of a storage, and the storage.</summary>
    public PickleWriter Storage(string module, string type, string key, long count) =>
        Op('(').Text("storage").Global(module, type).Text(key).Text("cpu").Integer(count).Op('t').Memoize().Op('Q');

    /// <summary>A call of the function that rebuilds a tensor of one storage.</summary>
    public PickleWriter Tensor(TorchSave.Tensor tensor)
    {
        bool typed = TorchSave.StorageNames.TryGetValue(tensor.Type, out string? storage);
        Global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3").Op('(');
        (typed ? Storage("torch", storage!, tensor.Key, tensor.StorageCount) : Storage("torch.storage", "UntypedStorage", tensor.Key, tensor.StorageCount))
            .Integer(tensor.Offset).Tuple(tensor.Shape).Tuple(tensor.Strides).Raw(0x89).OrderedDictionary();
        if (!typed)
            Global("torch", TorchSave.TypeNames[tensor.Type]);
        return Op('t').Memoize().Op('R').Memoize();
    }
}
