using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Weft.Text.Files.SentencePiece;

/// <summary>
/// Reads one message in the wire format of Protocol Buffers: numbered fields, each an integer, four or eight bytes, or a length
/// and as many bytes. Nothing is trusted: every length is checked against the bytes that are there.
/// </summary>
/// <param name="bytes">The message.</param>
/// <param name="file">Names the file in complaints.</param>
/// <param name="path">Names the message.</param>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes, string file, string path)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private int _wireType;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; its value must then be read or skipped.</summary>
    public bool Next()
    {
        if (_at == _bytes.Length)
            return false;
        ulong key = Varint();
        (Field, _wireType) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7));
        return Field > 0 ? true : throw Refuse("0", "field numbers begin at 1");
    }

    public bool Flag() => Integer() != 0;

    public long Integer()
    {
        Expect(0);
        return (long)Varint();
    }

    public float Single()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        ulong length = Varint();
        return length <= (ulong)(_bytes.Length - _at)
            ? Take((int)length)
            : throw Refuse($"{length} bytes long", $"only {_bytes.Length - _at} bytes follow");
    }

    public string Text()
    {
        ReadOnlySpan<byte> text = Bytes();
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Refuse(Convert.ToHexString(text[..Math.Min(20, text.Length)]), "this is not UTF-8");
    }

    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Refuse($"of wire type {_wireType}", "there is no such type");
        }
    }

    /// <summary>The error for the current field.</summary>
    public readonly InvalidDataException Refuse(string value, string problem) =>
        new($"{file}: field '{path}{Field}' at byte {_at} of {_bytes.Length} is {value}; {problem}: download the model again or train it anew");

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType)
            throw Refuse($"of wire type {_wireType}", $"it must be of wire type {wireType}");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - _at < count)
            throw Refuse("cut off", $"{count} bytes must follow");
        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
        throw Refuse("an integer of more than 10 bytes", "integers have at most 64 bits");
    }
}
