using System.Numerics;
using System.Runtime.InteropServices;

namespace Weft.Model.Checkpoints;

/// <summary>Elements of a file as fp32. Every type but F64, which rounds to the nearest, is represented exactly.</summary>
internal static unsafe class FloatWidening
{
    /// <summary>Bytes are read too, so that they can be looked at; wider integers would lose bits.</summary>
    public static bool Reads(ElementType type) => type.IsFloatingPoint() || type is ElementType.I8 or ElementType.U8;

    /// <param name="type">One that is read.</param>
    /// <param name="source">As many elements as <paramref name="destination"/> takes.</param>
    /// <param name="destination">Filled.</param>
    public static void Widen(ElementType type, byte* source, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.F32:
                new ReadOnlySpan<byte>(source, checked(destination.Length * 4)).CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.F16:
                Convert(new ReadOnlySpan<Half>(source, destination.Length), destination);
                break;
            case ElementType.BF16:
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = BitConverter.Int32BitsToSingle(((ushort*)source)[i] << 16);
                break;
            case ElementType.F64:
                Convert(new ReadOnlySpan<double>(source, destination.Length), destination);
                break;
            case ElementType.F8_E4M3:
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = FromE4M3(source[i]);
                break;
            case ElementType.F8_E5M2:
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = (float)BitConverter.UInt16BitsToHalf((ushort)(source[i] << 8));
                break;
            case ElementType.I8:
                Convert(new ReadOnlySpan<sbyte>(source, destination.Length), destination);
                break;
            case ElementType.U8:
                Convert(new ReadOnlySpan<byte>(source, destination.Length), destination);
                break;
            default:
                throw new NotSupportedException($"{type} is not read as fp32");
        }
    }

    /// <summary>
    /// Exponent and fraction are those of a binary16 whose bias is larger by 8, subnormals included; only the largest
    /// magnitude differs, which is the one NaN.
    /// </summary>
    private static float FromE4M3(byte bits)
    {
        if ((bits & 0x7f) == 0x7f)
            return float.NaN;
        return 256 * (float)BitConverter.UInt16BitsToHalf((ushort)(((bits & 0x80) << 8) | ((bits & 0x7f) << 7)));
    }

    private static void Convert<T>(ReadOnlySpan<T> source, Span<float> destination)
        where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < source.Length; i++)
            destination[i] = float.CreateTruncating(source[i]);
    }
}
