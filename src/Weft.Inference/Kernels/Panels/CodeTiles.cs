using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels.Assembled;

namespace Weft.Inference.Kernels.Panels;

// R rows of a tile.

/// <summary>
/// Tiles of rows in 8-bit codes by code blocks of two panels. All kernels add the same terms in the same order: a block's sum in whole numbers is exact, and
/// sum · (scale of weights · scale of the row) is added in fp32 block after block, then minimum · sum of the row's codes.
/// </summary>
internal readonly unsafe struct CodeTiles
{
    private readonly CodeBlock _form;
    private readonly nint _tallest;

    /// <param name="form">Of the code blocks.</param>
    public CodeTiles(CodeBlock form)
    {
        _form = form;
        _tallest = AssembledKernels.Code(RowPacking.CodeTileRows, form);
    }

    /// <summary>Computes a tile, [R, 2, 16] sums, with the fastest kernel that there is.</summary>
    public void Multiply(int rows, TileArguments* tile)
    {
        nint assembled = rows == RowPacking.CodeTileRows ? _tallest : AssembledKernels.Code(rows, _form);
        if (assembled != 0)
        {
            ((delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)assembled)(tile);
            return;
        }
        float* sums = stackalloc float[RowPacking.CodeTileRows * 2 * PanelLayout.Width];
        TileArguments inner = *tile;
        inner.Sums = sums;
        MultiplyPortably(rows, &inner);
        TileFinish.Write(sums, rows, 2 * PanelLayout.Width, *tile);
    }

    /// <summary>Leaves the sums one row after the other.</summary>
    private void MultiplyPortably(int rows, TileArguments* tile)
    {
        if (!InstructionTiers.Allows(InstructionTier.Vector))
            MultiplyScalar(rows, _form, tile);
        else if (AvxVnni.IsSupported)
            Multiply<Lanes256, CodeLanes256, Vector256<float>, Vector256<int>>(rows, _form, tile);
        else if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported)
            Multiply<Lanes512, CodeLanes512, Vector512<float>, Vector512<int>>(rows, _form, tile);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
            Multiply<Lanes256, CodeLanes256, Vector256<float>, Vector256<int>>(rows, _form, tile);
        else
            Multiply<Lanes128, CodeLanes128, Vector128<float>, Vector128<int>>(rows, _form, tile);
    }

    /// <summary>The specification of the tile: one number after the other.</summary>
    public static void MultiplyScalar(int rows, CodeBlock form, TileArguments* tile)
    {
        for (int row = 0; row < rows; row++)
            for (int output = 0; output < 2 * PanelLayout.Width; output++)
            {
                float sum = 0;
                int lane = output % PanelLayout.Width;
                for (int step = 0; step < tile->Steps; step++)
                {
                    byte* weights = (output == lane ? tile->Weights : tile->SecondWeights) + (step * form.Bytes), block = tile->Rows + (step * rows * RowPacking.CodeRowBytes);
                    float Weight(int part) => ((float*)(weights + part))[lane];
                    float Row(RowPacking.Number number) => ((float*)(block + RowPacking.Offset(rows, number)))[row];
                    float Products(int first, int end)
                    {
                        int products = 0;
                        for (int i = first; i < end; i++)
                            products += (weights[(i / 4 * 64) + (4 * lane) + (i % 4)] - CodeBlock.Offset) * ((sbyte*)block)[(row * CodeBlock.Length) + i];
                        return products;
                    }
                    float rowScale = Row(RowPacking.Number.Scale);
                    int half = CodeBlock.Length / 2;
                    sum = MathF.FusedMultiplyAdd(Products(0, form.Splits ? half : CodeBlock.Length), Weight(CodeBlock.Scales) * rowScale, sum);
                    if (form.Splits)
                        sum = MathF.FusedMultiplyAdd(Products(half, CodeBlock.Length), Weight(form.SecondScales) * rowScale, sum);
                    if (form.HasMinima)
                        sum = MathF.FusedMultiplyAdd(Weight(CodeBlock.Minima), Row(RowPacking.Number.Sum), sum);
                    if (form is { Splits: true, HasMinima: true })
                        sum = MathF.FusedMultiplyAdd(Weight(form.MinimumDifferences), Row(RowPacking.Number.FirstSum), sum);
                }
                tile->Sums[(row * 2 * PanelLayout.Width) + output] = sum;
            }
    }

    /// <summary>The codes of an output and its neighbours in the first block.</summary>
    private static byte* First(TileArguments* tile, int output) =>
        (output < PanelLayout.Width ? tile->Weights : tile->SecondWeights) + (4 * (output % PanelLayout.Width));

    /// <summary>Four rows at a time, then one, for one vector of outputs after the other.</summary>
    private static void Multiply<TLanes, TCodes, TVector, TSum>(int rows, CodeBlock form, TileArguments* tile)
        where TLanes : struct, ILanes<TVector>
        where TCodes : struct, ICodeLanes<TSum, TVector>
        where TVector : unmanaged
        where TSum : unmanaged
    {
        for (int output = 0; output < 2 * PanelLayout.Width; output += TLanes.Count)
        {
            int row = 0;
            for (; row <= rows - 4; row += 4)
                Four<TLanes, TCodes, TVector, TSum>(rows, row, output, form, tile);
            for (; row < rows; row++)
                One<TLanes, TCodes, TVector, TSum>(rows, row, output, form, tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Four<TLanes, TCodes, TVector, TSum>(int rows, int row, int output, CodeBlock form, TileArguments* tile)
        where TLanes : struct, ILanes<TVector>
        where TCodes : struct, ICodeLanes<TSum, TVector>
        where TVector : unmanaged
        where TSum : unmanaged
    {
        TVector a = TLanes.Zero, b = a, c = a, d = a;
        byte* weights = First(tile, output), block = tile->Rows;
        int scale = CodeBlock.Scales, halves = form.Splits ? 2 : 1, count = form.Splits ? 4 : 8;
        for (long step = 0; step < tile->Steps; step++, weights += form.Bytes, block += rows * RowPacking.CodeRowBytes)
        {
            int* codes = (int*)(block + (row * CodeBlock.Length));
            float* scales = (float*)(block + RowPacking.Offset(rows, RowPacking.Number.Scale)) + row;
            for (int half = 0; half < halves; half++)
            {
                int* corrections = (int*)scales + (rows * (int)(form.Splits ? RowPacking.Number.FirstCorrection + half : RowPacking.Number.Correction));
                TSum i = TCodes.Broadcast(corrections[0]), j = TCodes.Broadcast(corrections[1]), k = TCodes.Broadcast(corrections[2]), l = TCodes.Broadcast(corrections[3]);
                for (int n = half * count; n < (half + 1) * count; n++)
                {
                    byte* w = weights + (64 * n);
                    i = TCodes.MultiplyAdd(i, w, codes[n]);
                    j = TCodes.MultiplyAdd(j, w, codes[8 + n]);
                    k = TCodes.MultiplyAdd(k, w, codes[16 + n]);
                    l = TCodes.MultiplyAdd(l, w, codes[24 + n]);
                }
                TVector s = TLanes.Load((float*)(weights + (half == 0 ? scale : form.SecondScales)));
                a = TLanes.MultiplyAdd(TCodes.Convert(i), TLanes.Multiply(s, TLanes.Broadcast(scales[0])), a);
                b = TLanes.MultiplyAdd(TCodes.Convert(j), TLanes.Multiply(s, TLanes.Broadcast(scales[1])), b);
                c = TLanes.MultiplyAdd(TCodes.Convert(k), TLanes.Multiply(s, TLanes.Broadcast(scales[2])), c);
                d = TLanes.MultiplyAdd(TCodes.Convert(l), TLanes.Multiply(s, TLanes.Broadcast(scales[3])), d);
            }
            for (int minimum = 0; form.HasMinima && minimum < halves; minimum++)
            {
                TVector m = TLanes.Load((float*)(weights + (minimum == 0 ? CodeBlock.Minima : form.MinimumDifferences)));
                float* sums = scales + (rows * (int)(RowPacking.Number.Sum + minimum));
                a = TLanes.MultiplyAdd(m, TLanes.Broadcast(sums[0]), a);
                b = TLanes.MultiplyAdd(m, TLanes.Broadcast(sums[1]), b);
                c = TLanes.MultiplyAdd(m, TLanes.Broadcast(sums[2]), c);
                d = TLanes.MultiplyAdd(m, TLanes.Broadcast(sums[3]), d);
            }
        }
        float* destination = tile->Sums + (row * 2 * PanelLayout.Width) + output;
        TLanes.Store(a, destination);
        TLanes.Store(b, destination + (2 * PanelLayout.Width));
        TLanes.Store(c, destination + (4 * PanelLayout.Width));
        TLanes.Store(d, destination + (6 * PanelLayout.Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void One<TLanes, TCodes, TVector, TSum>(int rows, int row, int output, CodeBlock form, TileArguments* tile)
        where TLanes : struct, ILanes<TVector>
        where TCodes : struct, ICodeLanes<TSum, TVector>
        where TVector : unmanaged
        where TSum : unmanaged
    {
        TVector a = TLanes.Zero;
        byte* weights = First(tile, output), block = tile->Rows;
        int halves = form.Splits ? 2 : 1, count = form.Splits ? 4 : 8;
        for (long step = 0; step < tile->Steps; step++, weights += form.Bytes, block += rows * RowPacking.CodeRowBytes)
        {
            int* codes = (int*)(block + (row * CodeBlock.Length));
            float* scales = (float*)(block + RowPacking.Offset(rows, RowPacking.Number.Scale)) + row;
            for (int half = 0; half < halves; half++)
            {
                TSum i = TCodes.Broadcast(((int*)scales)[rows * (int)(form.Splits ? RowPacking.Number.FirstCorrection + half : RowPacking.Number.Correction)]);
                for (int n = half * count; n < (half + 1) * count; n++)
                    i = TCodes.MultiplyAdd(i, weights + (64 * n), codes[n]);
                TVector s = TLanes.Load((float*)(weights + (half == 0 ? CodeBlock.Scales : form.SecondScales)));
                a = TLanes.MultiplyAdd(TCodes.Convert(i), TLanes.Multiply(s, TLanes.Broadcast(scales[0])), a);
            }
            for (int minimum = 0; form.HasMinima && minimum < halves; minimum++)
            {
                TVector m = TLanes.Load((float*)(weights + (minimum == 0 ? CodeBlock.Minima : form.MinimumDifferences)));
                a = TLanes.MultiplyAdd(m, TLanes.Broadcast(scales[rows * (int)(RowPacking.Number.Sum + minimum)]), a);
            }
        }
        TLanes.Store(a, tile->Sums + (row * 2 * PanelLayout.Width) + output);
    }
}
