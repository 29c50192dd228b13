using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Panels to the forms that products with many rows read: <see cref="CodeBlock"/> for whole numbers, fp32 [I, 16] for the others.</summary>
internal static unsafe class PanelUnpacking
{
    /// <summary>Unpacks blocks of a block-quantized panel.</summary>
    /// <param name="type">Of the panel.</param>
    /// <param name="panel">Its first record.</param>
    /// <param name="blocks">Blocks of 32 inputs.</param>
    /// <param name="destination">Receives as many code blocks.</param>
    public static void ToCodes(ElementType type, byte* panel, int blocks, byte* destination)
    {
        CodeBlock form = CodeBlock.Of(type);
        switch (type)
        {
            case ElementType.Q8_0: ToCodes<SmallCodes.Q8>(type, panel, blocks, form, destination); break;
            case ElementType.Q4_0: ToCodes<SmallCodes.Q4>(type, panel, blocks, form, destination); break;
            case ElementType.Q4_1: ToCodes<SmallCodes.Q4WithMinimum>(type, panel, blocks, form, destination); break;
            case ElementType.Q5_0: ToCodes<SmallCodes.Q5>(type, panel, blocks, form, destination); break;
            case ElementType.Q5_1: ToCodes<SmallCodes.Q5WithMinimum>(type, panel, blocks, form, destination); break;
            case ElementType.Q2_K: ToCodes<LargeCodes.Q2>(type, panel, blocks, form, destination); break;
            case ElementType.Q3_K: ToCodes<LargeCodes.Q3>(type, panel, blocks, form, destination); break;
            case ElementType.Q4_K: ToCodes<LargeCodes.Q4>(type, panel, blocks, form, destination); break;
            case ElementType.Q5_K: ToCodes<LargeCodes.Q5>(type, panel, blocks, form, destination); break;
            case ElementType.Q6_K: ToCodes<LargeCodes.Q6>(type, panel, blocks, form, destination); break;
            default: throw new NotSupportedException($"{type} has no codes");
        }
    }

    /// <summary>Widens a panel of any type.</summary>
    /// <param name="type">Of the panel.</param>
    /// <param name="panel">Its first record.</param>
    /// <param name="inputs">I; for block-quantized types the destination has room for whole records.</param>
    /// <param name="destination">Receives [I, 16].</param>
    public static void ToFloats(ElementType type, byte* panel, int inputs, float* destination)
    {
        switch (type)
        {
            case ElementType.F16:
                for (int i = 0; i < inputs; i++)
                    HalfWidening.Widen(Vector256.Load((ushort*)panel + (16 * i))).Store(destination + (16 * i));
                break;
            case ElementType.BF16:
                for (int i = 0; i < inputs; i += 2)
                {
                    Vector512<uint> pair = Vector512.Load((uint*)panel + (8 * i));
                    (pair << 16).AsSingle().Store(destination + (16 * i));
                    if (i + 1 < inputs)
                        (pair & Vector512.Create(0xffff0000u)).AsSingle().Store(destination + (16 * (i + 1)));
                }
                break;
            case ElementType.Q8_0: ToFloats<SmallCodes.Q8>(type, panel, inputs, destination); break;
            case ElementType.Q4_0: ToFloats<SmallCodes.Q4>(type, panel, inputs, destination); break;
            case ElementType.Q4_1: ToFloats<SmallCodes.Q4WithMinimum>(type, panel, inputs, destination); break;
            case ElementType.Q5_0: ToFloats<SmallCodes.Q5>(type, panel, inputs, destination); break;
            case ElementType.Q5_1: ToFloats<SmallCodes.Q5WithMinimum>(type, panel, inputs, destination); break;
            case ElementType.Q2_K: ToFloats<LargeCodes.Q2>(type, panel, inputs, destination); break;
            case ElementType.Q3_K: ToFloats<LargeCodes.Q3>(type, panel, inputs, destination); break;
            case ElementType.Q4_K: ToFloats<LargeCodes.Q4>(type, panel, inputs, destination); break;
            case ElementType.Q5_K: ToFloats<LargeCodes.Q5>(type, panel, inputs, destination); break;
            case ElementType.Q6_K: ToFloats<LargeCodes.Q6>(type, panel, inputs, destination); break;
            default: throw new NotSupportedException($"{type} cannot be widened");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToCodes<TCodes>(ElementType type, byte* panel, int blocks, CodeBlock form, byte* destination)
        where TCodes : struct, IPanelCodes
    {
        PanelLayout layout = PanelLayout.Of(type);
        int blocksOfRecord = layout.RecordLength / CodeBlock.Length, bytes = form.Bytes;
        Vector512<byte> offset = Vector512.Create((byte)(CodeBlock.Offset - TCodes.Zero));
        for (int done = 0; done < blocks; panel += layout.RecordBytes)
        {
            for (int block = 0; block < blocksOfRecord && done < blocks; block++, done++, destination += bytes)
            {
                for (int j = 0; j < 4; j++)
                {
                    (Vector512<byte> lower, Vector512<byte> upper) = TCodes.Rows(panel, block, j);
                    (lower + offset).Store(destination + (64 * j));
                    (upper + offset).Store(destination + (64 * (j + 4)));
                }
                TCodes.Scales(panel, block, out BlockScales scales);
                Store(destination, form, scales);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(byte* destination, CodeBlock form, in BlockScales scales)
    {
        scales.First.Store((float*)(destination + CodeBlock.Scales));
        if (form.HasMinima)
            scales.SecondMinimum.Store((float*)(destination + CodeBlock.Minima));
        if (!form.Splits)
            return;
        scales.Second.Store((float*)(destination + form.SecondScales));
        if (form.HasMinima)
            (scales.FirstMinimum - scales.SecondMinimum).Store((float*)(destination + form.MinimumDifferences));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToFloats<TCodes>(ElementType type, byte* panel, int inputs, float* destination)
        where TCodes : struct, IPanelCodes
    {
        PanelLayout layout = PanelLayout.Of(type);
        int blocksOfRecord = layout.RecordLength / CodeBlock.Length, blocks = RowPacking.Blocks(inputs);
        Vector512<sbyte> zero = Vector512.Create((sbyte)TCodes.Zero);
        for (int done = 0; done < blocks; panel += layout.RecordBytes)
        {
            for (int block = 0; block < blocksOfRecord && done < blocks; block++, done++, destination += CodeBlock.Length * PanelLayout.Width)
            {
                TCodes.Scales(panel, block, out BlockScales scales);
                for (int j = 0; j < 4; j++)
                {
                    (Vector512<byte> lower, Vector512<byte> upper) = TCodes.Rows(panel, block, j);
                    WidenRow((lower.AsSByte() - zero).AsInt32(), scales.First, scales.FirstMinimum, destination + (64 * j));
                    WidenRow((upper.AsSByte() - zero).AsInt32(), scales.Second, scales.SecondMinimum, destination + (64 * (j + 4)));
                }
            }
        }
    }

    /// <summary>Four inputs of 16 outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WidenRow(Vector512<int> codes, Vector512<float> scale, Vector512<float> minimum, float* destination)
    {
        for (int k = 0; k < 4; k++)
            ((Vector512.ConvertToSingle((codes << (24 - (8 * k))) >> 24) * scale) + minimum).Store(destination + (16 * k));
    }
}
