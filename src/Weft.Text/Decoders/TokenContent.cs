using System.Text;

namespace Weft.Text.Decoders;

/// <summary>What one token stands for, whatever stands around it: a text, or bytes that may be a part of a character.</summary>
/// <param name="Text">Null where it is bytes.</param>
/// <param name="Bytes">Null where it is a text.</param>
internal readonly record struct TokenContent(string? Text, byte[]? Bytes)
{
    public byte[] ToBytes() => Bytes ?? Encoding.UTF8.GetBytes(Text!);
}
