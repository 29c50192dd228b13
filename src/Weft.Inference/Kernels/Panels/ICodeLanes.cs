using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Products of bytes in vectors of one width: lanes are outputs, each with four neighbouring inputs.</summary>
/// <typeparam name="TSum">Sums, int32.</typeparam>
/// <typeparam name="TVector">The same lanes in fp32.</typeparam>
internal unsafe interface ICodeLanes<TSum, TVector>
    where TSum : struct
    where TVector : struct
{
    static abstract TSum Broadcast(int value);

    /// <summary>Adds the products of four inputs of each lane to its sum.</summary>
    /// <param name="sum">The sums.</param>
    /// <param name="weights">Unsigned bytes.</param>
    /// <param name="inputs">Four signed bytes.</param>
    static abstract TSum MultiplyAdd(TSum sum, byte* weights, int inputs);

    static abstract TVector Convert(TSum sum);
}

/// <summary>512 bits. Bytes are widened to 16 bits: the instruction for bytes would saturate.</summary>
internal readonly unsafe struct CodeLanes512 : ICodeLanes<Vector512<int>, Vector512<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Broadcast(int value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<int> sum, byte* weights, int inputs)
    {
        Vector512<short> all = Vector512.Load(weights).AsInt16(), values = Vector512.Create(inputs).AsInt16();
        Vector512<short> even = all & Vector512.Create((short)255), odd = (all.AsUInt16() >> 8).AsInt16();
        return sum + Avx512BW.MultiplyAddAdjacent(even, (values << 8) >> 8) + Avx512BW.MultiplyAddAdjacent(odd, values >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Convert(Vector512<int> sum) => Vector512.ConvertToSingle(sum);
}

/// <summary>256 bits, with AVX-VNNI where the machine has it.</summary>
internal readonly unsafe struct CodeLanes256 : ICodeLanes<Vector256<int>, Vector256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(int value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> sum, byte* weights, int inputs)
    {
        if (AvxVnni.IsSupported)
            return AvxVnni.MultiplyWideningAndAdd(sum, Vector256.Load(weights), Vector256.Create(inputs).AsSByte());
        Vector256<short> all = Vector256.Load(weights).AsInt16(), values = Vector256.Create(inputs).AsInt16();
        Vector256<short> even = all & Vector256.Create((short)255), odd = (all.AsUInt16() >> 8).AsInt16();
        return sum + Avx2.MultiplyAddAdjacent(even, (values << 8) >> 8) + Avx2.MultiplyAddAdjacent(odd, values >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Convert(Vector256<int> sum) => Vector256.ConvertToSingle(sum);
}

/// <summary>128 bits, with Arm's dot product where the machine has it; elsewhere one product after the other.</summary>
internal readonly unsafe struct CodeLanes128 : ICodeLanes<Vector128<int>, Vector128<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Broadcast(int value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> sum, byte* weights, int inputs)
    {
        if (Dp.IsSupported)
        {
            // The instruction wants both operands signed: the offset of the weights is taken off and, as a product of its own, added again.
            Vector128<sbyte> values = Vector128.Create(inputs).AsSByte(), signed = (Vector128.Load(weights) ^ Vector128.Create((byte)CodeBlock.Offset)).AsSByte();
            Vector128<int> offset = Dp.DotProduct(Vector128<int>.Zero, values, Vector128<sbyte>.One) << 7;
            return Dp.DotProduct(sum, signed, values) + offset;
        }
        for (int lane = 0; lane < Vector128<int>.Count; lane++)
        {
            int products = 0;
            for (int k = 0; k < 4; k++)
                products += weights[(4 * lane) + k] * (sbyte)(inputs >> (8 * k));
            sum = sum.WithElement(lane, sum[lane] + products);
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Convert(Vector128<int> sum) => Vector128.ConvertToSingle(sum);
}
