using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

// S head size, B positions of a page.

/// <summary>Keys and values between fp32 and the narrower types that a cache may store them in.</summary>
internal static unsafe class CacheWidening
{
    private const int B = AttentionRow.BlockSize;

    private const float LargestCode = 127, SmallestMagnitude = 1e-30f;

    /// <summary>Numbers of 16 bits; the destination has room for whole vectors of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ElementType type, ushort* source, int count, float* destination)
    {
        if (type == ElementType.F16)
            for (int i = 0; i < count; i += 16)
                HalfWidening.Widen(Vector256.Load(source + i)).Store(destination + i);
        else
            for (int i = 0; i < count; i += 16)
                HalfWidening.WidenBFloat16(Vector256.Load(source + i)).Store(destination + i);
    }

    /// <summary>Keys of 8 bits, [S, B], with a scale for each position behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Keys(sbyte* keys, int size, float* destination)
    {
        float* scales = (float*)(keys + (B * size));
        for (int position = 0; position < B; position += 16)
        {
            Vector512<float> scale = Vector512.Load(scales + position);
            for (int s = 0; s < size; s++)
                (PanelParts.SignedBytes((byte*)keys + (s * B) + position) * scale).Store(destination + (s * B) + position);
        }
    }

    /// <summary>Values of 8 bits, [positions, S].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Values(sbyte* values, float* scales, int positions, int size, float* destination)
    {
        for (int position = 0; position < positions; position++)
        {
            Vector512<float> scale = Vector512.Create(scales[position]);
            int s = 0;
            for (; s <= size - 16; s += 16)
                (PanelParts.SignedBytes((byte*)values + (position * size) + s) * scale).Store(destination + (position * size) + s);
            for (; s < size; s++)
                destination[(position * size) + s] = values[(position * size) + s] * scale.ToScalar();
        }
    }

    /// <summary>Rounds S numbers to 16 bits.</summary>
    /// <param name="type">F16 or BF16.</param>
    /// <param name="x">[S].</param>
    /// <param name="size">S.</param>
    /// <param name="destination">Receives them.</param>
    /// <param name="step">From a number to the next.</param>
    public static void Narrow(ElementType type, float* x, int size, ushort* destination, int step)
    {
        const int Together = 64;
        Half* halves = stackalloc Half[Together];
        for (int first = 0; first < size; first += Together)
        {
            int count = Math.Min(Together, size - first);
            if (type == ElementType.F16)
                TensorPrimitives.ConvertToHalf(new ReadOnlySpan<float>(x + first, count), new Span<Half>(halves, count));
            for (int i = 0; i < count; i++)
                destination[(first + i) * step] = type == ElementType.F16 ? ((ushort*)halves)[i] : RowPacking.RoundToBFloat16(x[first + i]);
        }
    }

    /// <summary>Rounds S numbers to 8 bits by their greatest magnitude.</summary>
    /// <returns>The scale.</returns>
    public static float Quantize(float* x, int size, sbyte* destination, int step)
    {
        float greatest = MathF.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(x, size)));
        float factor = greatest > SmallestMagnitude ? LargestCode / greatest : 0;
        for (int i = 0; i < size; i++)
            destination[i * step] = (sbyte)MathF.Round(x[i] * factor);
        return float.IsFinite(greatest) ? greatest / LargestCode : float.NaN;
    }
}
