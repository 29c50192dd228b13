using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// Rows of 8-bit codes by code blocks of two panels with AVX512-VNNI. A step is a block of 32 inputs: eight vpdpbusd a row and panel sum in whole numbers,
/// beginning with the correction for the weights' unsigned codes; then sum · (scale of weights · scale of the row) is added in fp32, and
/// minimum · sum of the row. Six rows by two panels load less than twelve rows by one: loads, not products, were what limited those.
/// </summary>
internal static class CodeTile
{
    /// <summary>Up to so many rows, the kernel fetches what it is to read next, as far ahead as <see cref="TileArguments.RowStep"/> says.</summary>
    public const int RowsThatWait = 2;

    private const int Sums = 2 * RowPacking.CodeTileRows, Weights = 2 * Sums;

    private static readonly AssemblerRegisterZMM Inputs = zmm28, OtherInputs = zmm29, Scale = zmm30, Product = zmm31;

    /// <summary>Writes the kernel for so many rows.</summary>
    /// <param name="rows">1 to <see cref="RowPacking.CodeTileRows"/>.</param>
    /// <param name="form">Of the code blocks.</param>
    public static Assembler Write(int rows, CodeBlock form)
    {
        var c = new Assembler(64);
        Label loop = c.CreateLabel();
        Begin(c);
        for (int i = 0; i < 2 * rows; i++)
            c.vpxord(Z[Sums + i], Z[Sums + i], Z[Sums + i]);
        c.Label(ref loop);
        if (rows <= RowsThatWait)
            Fetch(c, CodeBlock.Scales);
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
            AddMinima(c, rows, CodeBlock.Minima, RowPacking.Number.Sum);
        if (form is { Splits: true, HasMinima: true })
            AddMinima(c, rows, form.MinimumDifferences, RowPacking.Number.FirstSum);
        c.add(r8, form.Bytes);
        c.add(rax, form.Bytes);
        c.add(r9, rows * RowPacking.CodeRowBytes);
        c.dec(r11);
        c.jne(loop);
        End(c, rows, panels: 2, Sums);
        return c;
    }

    private static AssemblerRegister64 Panel(int index) => index == 0 ? r8 : rax;

    private static void Multiply(Assembler c, int rows, int first, int count, RowPacking.Number correction)
    {
        for (int m = 0; m < rows; m++)
        {
            c.vpbroadcastd(Z[2 * m], __dword_ptr[r9 + RowPacking.Offset(rows, correction) + (4 * m)]);
            c.vmovdqa32(Z[(2 * m) + 1], Z[2 * m]);
        }
        for (int j = first; j < first + count; j++)
        {
            AssemblerRegisterZMM weights = Z[Weights + (2 * (j % 2))], others = Z[Weights + (2 * (j % 2)) + 1];
            if (rows <= RowsThatWait)
                Fetch(c, 64 * j);
            c.vmovdqa32(weights, __zmmword_ptr[r8 + (64 * j)]);
            c.vmovdqa32(others, __zmmword_ptr[rax + (64 * j)]);
            for (int m = 0; m < rows; m++)
            {
                AssemblerRegisterZMM inputs = m % 2 == 0 ? Inputs : OtherInputs;
                c.vpbroadcastd(inputs, __dword_ptr[r9 + (CodeBlock.Length * m) + (4 * j)]);
                c.vpdpbusd(Z[2 * m], weights, inputs);
                c.vpdpbusd(Z[(2 * m) + 1], others, inputs);
            }
        }
    }

    private static void Fetch(Assembler c, int offset)
    {
        c.prefetcht0(__byte_ptr[r8 + rdx + offset]);
        c.prefetcht0(__byte_ptr[rax + rdx + offset]);
    }

    private static void AddProducts(Assembler c, int rows, int scale)
    {
        for (int panel = 0; panel < 2; panel++)
        {
            c.vmovaps(Scale, __zmmword_ptr[Panel(panel) + scale]);
            for (int m = 0; m < rows; m++)
            {
                int sum = (2 * m) + panel;
                AssemblerRegisterZMM product = m % 2 == 0 ? Product : Inputs;
                c.vcvtdq2ps(Z[sum], Z[sum]);
                c.vmulps(product, Scale, __dword_bcst[r9 + RowPacking.Offset(rows, RowPacking.Number.Scale) + (4 * m)]);
                c.vfmadd231ps(Z[Sums + sum], Z[sum], product);
            }
        }
    }

    private static void AddMinima(Assembler c, int rows, int minimum, RowPacking.Number number)
    {
        for (int panel = 0; panel < 2; panel++)
        {
            c.vmovaps(Scale, __zmmword_ptr[Panel(panel) + minimum]);
            for (int m = 0; m < rows; m++)
                c.vfmadd231ps(Z[Sums + (2 * m) + panel], Scale, __dword_bcst[r9 + RowPacking.Offset(rows, number) + (4 * m)]);
        }
    }
}
