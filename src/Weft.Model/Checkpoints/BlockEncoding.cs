using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints;

/// <summary>fp32 numbers as the bytes of a block-quantized type.</summary>
internal static class BlockEncoding
{
    /// <summary>Elements that are encoded before they are written: whole blocks of every type, and work enough for many threads.</summary>
    private const int Together = 1 << 22;

    /// <param name="stream">Written to.</param>
    /// <param name="type">A block-quantized type.</param>
    /// <param name="values">Whole blocks of finite numbers; whole rows where importance is given.</param>
    /// <param name="importance">What errors in the columns of a row count, or empty.</param>
    /// <param name="cancellation">Ends it between two parts.</param>
    public static void Write(Stream stream, ElementType type, ReadOnlyMemory<float> values, ReadOnlyMemory<float> importance, CancellationToken cancellation)
    {
        int together = importance.IsEmpty ? Together : Math.Max(1, Together / importance.Length) * importance.Length;
        byte[] blocks = new byte[type.ByteCount(Math.Min(together, values.Length))];
        while (!values.IsEmpty)
        {
            ReadOnlyMemory<float> part = values[..Math.Min(together, values.Length)];
            Memory<byte> bytes = blocks.AsMemory(0, (int)type.ByteCount(part.Length));
            Quantizer.WriteParallel(type, part, bytes, importance, cancellation);
            stream.Write(bytes.Span);
            values = values[part.Length..];
        }
    }

    /// <summary>Blocks that are in the type already, byte for byte.</summary>
    public static void Copy(Stream stream, TensorView view)
    {
        byte[] part = new byte[Math.Min(Together, view.ByteCount)];
        for (long done = 0; done < view.ByteCount; done += part.Length)
        {
            Span<byte> bytes = part.AsSpan(0, (int)Math.Min(part.Length, view.ByteCount - done));
            view.ReadBytes(done, bytes);
            stream.Write(bytes);
        }
    }
}
