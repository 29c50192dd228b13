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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToCodes(ElementType type, byte* panel, int blocks, byte* destination)
    {
        PanelLayout layout = PanelLayout.Of(type);
        CodeBlock form = CodeBlock.Of(type);
        int blocksOfRecord = layout.RecordLength / CodeBlock.Length, bytes = form.Bytes;
        Vector512<byte> offset = Vector512.Create((byte)(CodeBlock.Offset - layout.Zero));
        for (int done = 0; done < blocks; panel += layout.RecordBytes)
        {
            for (int block = 0; block < blocksOfRecord && done < blocks; block++, done++, destination += bytes)
            {
                for (int j = 0; j < 4; j++)
                {
                    (Vector512<byte> lower, Vector512<byte> upper) = PanelCodes.Rows(layout, panel, block, j);
                    (lower + offset).Store(destination + (64 * j));
                    (upper + offset).Store(destination + (64 * (j + 4)));
                }
                PanelCodes.Scales(layout, panel, block, out BlockScales scales);
                Store(destination, form, scales);
            }
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
            default:
                BlocksToFloats(PanelLayout.Of(type), panel, inputs, destination);
                break;
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
    private static void BlocksToFloats(in PanelLayout layout, byte* panel, int inputs, float* destination)
    {
        int blocksOfRecord = layout.RecordLength / CodeBlock.Length, blocks = RowPacking.Blocks(inputs);
        Vector512<sbyte> zero = Vector512.Create((sbyte)layout.Zero);
        for (int done = 0; done < blocks; panel += layout.RecordBytes)
        {
            for (int block = 0; block < blocksOfRecord && done < blocks; block++, done++, destination += CodeBlock.Length * PanelLayout.Width)
            {
                PanelCodes.Scales(layout, panel, block, out BlockScales scales);
                for (int j = 0; j < 4; j++)
                {
                    (Vector512<byte> lower, Vector512<byte> upper) = PanelCodes.Rows(layout, panel, block, j);
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
