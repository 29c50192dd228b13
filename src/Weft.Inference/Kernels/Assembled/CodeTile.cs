using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// Rows of 8-bit codes by code blocks of 16 outputs with AVX512-VNNI. A step is a block of 32 inputs: eight vpdpbusd a row sum in whole numbers, beginning
/// with the correction for the weights' unsigned codes; then sum · (scale of weights · scale of the row) is added in fp32, and minimum · sum of the row.
/// </summary>
internal static class CodeTile
{
    private const int Sums = RowPacking.TileRows;

    private static readonly AssemblerRegisterZMM Even = zmm24, Odd = zmm25, Scale = zmm27, Minimum = zmm28, Product = zmm30;

    /// <summary>Writes the kernel for so many rows.</summary>
    /// <param name="rows">1 to <see cref="RowPacking.TileRows"/>.</param>
    /// <param name="form">Of the code blocks.</param>
    public static Assembler Write(int rows, CodeBlock form)
    {
        var c = new Assembler(64);
        Label loop = c.CreateLabel();
        Begin(c);
        for (int m = 0; m < rows; m++)
            c.vpxord(Z[Sums + m], Z[Sums + m], Z[Sums + m]);
        c.Label(ref loop);
        if (form.Splits)
        {
            Multiply(c, rows, 0, 4, RowPacking.Number.FirstCorrection);
            AddProducts(c, rows, CodeBlock.Scales);
            Multiply(c, rows, 4, 4, RowPacking.Number.SecondCorrection);
            AddProducts(c, rows, form.SecondScales);
        }
        else
        {
            Multiply(c, rows, 0, 8, RowPacking.Number.Correction);
            AddProducts(c, rows, CodeBlock.Scales);
        }
        if (form.HasMinima)
            AddMinimum(c, rows, CodeBlock.Minima, RowPacking.Number.Sum);
        if (form is { Splits: true, HasMinima: true })
            AddMinimum(c, rows, form.MinimumDifferences, RowPacking.Number.FirstSum);
        c.add(r8, form.Bytes);
        c.add(r9, rows * RowPacking.CodeRowBytes);
        c.dec(r11);
        c.jne(loop);
        for (int m = 0; m < rows; m++)
            c.vmovaps(__zmmword_ptr[r10 + (64 * m)], Z[Sums + m]);
        End(c);
        return c;
    }

    private static void Multiply(Assembler c, int rows, int first, int count, RowPacking.Number correction)
    {
        for (int m = 0; m < rows; m++)
            c.vpbroadcastd(Z[m], __dword_ptr[r9 + RowPacking.Offset(rows, correction) + (4 * m)]);
        for (int j = first; j < first + count; j++)
        {
            AssemblerRegisterZMM weights = j % 2 == 0 ? Even : Odd;
            c.vmovdqa32(weights, __zmmword_ptr[r8 + (64 * j)]);
            for (int m = 0; m < rows; m++)
                c.vpdpbusd(Z[m], weights, __dword_bcst[r9 + (CodeBlock.Length * m) + (4 * j)]);
        }
    }

    private static void AddProducts(Assembler c, int rows, int scale)
    {
        c.vmovaps(Scale, __zmmword_ptr[r8 + scale]);
        for (int m = 0; m < rows; m++)
        {
            c.vcvtdq2ps(Z[m], Z[m]);
            c.vmulps(Product, Scale, __dword_bcst[r9 + RowPacking.Offset(rows, RowPacking.Number.Scale) + (4 * m)]);
            c.vfmadd231ps(Z[Sums + m], Z[m], Product);
        }
    }

    private static void AddMinimum(Assembler c, int rows, int minimum, RowPacking.Number sum)
    {
        c.vmovaps(Minimum, __zmmword_ptr[r8 + minimum]);
        for (int m = 0; m < rows; m++)
            c.vfmadd231ps(Z[Sums + m], Minimum, __dword_bcst[r9 + RowPacking.Offset(rows, sum) + (4 * m)]);
    }
}
