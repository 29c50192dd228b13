using System.Numerics;
using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// A few rows of 8-bit codes by one panel as it lies in memory, with AVX512-VNNI: decoding, where reading the weights takes the time, and unpacking them into
/// memory first would double it. The sums are those of <see cref="CodeTile"/> to the bit: whole numbers are exact in any order, and the terms in fp32 are
/// added in the same one. A step is a record.
/// </summary>
internal sealed class PackedCodeTile
{
    /// <summary>Rows of the tallest tile: with their sums in whole numbers they leave half of the registers.</summary>
    public const int MostRows = 8;

    /// <summary>How far ahead weights are fetched, in bytes: the processor's own look ahead begins anew with every panel.</summary>
    private const int Ahead = 8192;

    private const int Sums = 0, Codes = MostRows;

    private static readonly AssemblerRegisterZMM LowNibbles = zmm31, LowBits = zmm30, LowPairs = zmm29, SignBits = zmm28;
    private static readonly AssemblerRegisterZMM FirstScale = zmm20, SecondScale = zmm21, FirstMinimum = zmm22, SecondMinimum = zmm23;
    private static readonly AssemblerRegisterZMM Lower = zmm16, Upper = zmm17, LowerPart = zmm18, UpperPart = zmm19, Temporary = zmm24, Factor = zmm25, MinimumFactor = zmm26;

    private readonly Assembler _c = new(64);
    private readonly int _rows;
    private readonly PanelLayout _layout;
    private readonly CodeBlock _form;

    /// <param name="rows">1 to <see cref="MostRows"/>.</param>
    /// <param name="type">Of the panel.</param>
    public PackedCodeTile(int rows, ElementType type)
    {
        _rows = rows;
        _layout = PanelLayout.Of(type);
        _form = CodeBlock.Of(type);
    }

    private bool IsLarge => _layout.Groups != PanelGroups.None;

    /// <summary>What a code is less, by a shift of the correction for 128; 0 for none.</summary>
    private int CorrectionShift => _layout.Zero == 0 ? 0 : BitOperations.Log2(CodeBlock.Offset) - BitOperations.Log2((uint)_layout.Zero);

    private bool IsBytes => _layout.Parts == PanelParts.Bytes;

    private bool HasNibbles => _layout.Parts.HasFlag(PanelParts.Nibbles);

    /// <summary>The first cache line of a record that is fetched with a block.</summary>
    private int Line(int block) => _layout.RecordBytes / 64 * block / (_layout.RecordLength / CodeBlock.Length);

    /// <summary>Writes the kernel.</summary>
    public Assembler Write()
    {
        Label loop = _c.CreateLabel();
        Begin(_c);
        Fill(LowNibbles, 0x0f0f0f0f);
        Fill(LowBits, 0x01010101);
        Fill(LowPairs, 0x03030303);
        Fill(SignBits, 0x80808080);
        for (int m = 0; m < _rows; m++)
            _c.vpxord(Z[Sums + m], Z[Sums + m], Z[Sums + m]);
        _c.Label(ref loop);
        if (IsLarge)
            LoadHalves(Factor, _layout.Factors);
        if (IsLarge && _form.HasMinima)
            LoadHalves(MinimumFactor, _layout.MinimumFactors);
        int blocks = _layout.RecordLength / CodeBlock.Length;
        for (int block = 0; block < blocks; block++)
        {
            // Evenly: all lines of a large record at once would fill the buffers that loads wait in.
            for (int line = Line(block); line < Line(block + 1); line++)
                _c.prefetcht0(__byte_ptr[r8 + Ahead + (64 * line)]);
            WriteBlock(block);
        }
        _c.add(r8, _layout.RecordBytes);
        _c.add(r9, blocks * _rows * RowPacking.CodeRowBytes);
        _c.dec(r11);
        _c.jne(loop);
        End(_c, _rows, panels: 1, Sums);
        return _c;
    }

    private void WriteBlock(int block)
    {
        LoadScales(block);
        if (_form.Splits)
        {
            MultiplyHalf(block, upper: false, RowPacking.Number.FirstCorrection);
            AddProducts(block, FirstScale);
            MultiplyHalf(block, upper: true, RowPacking.Number.SecondCorrection);
            AddProducts(block, SecondScale);
        }
        else
        {
            StartSums(block, RowPacking.Number.Correction);
            for (int j = 0; j < 4; j++)
            {
                LoadLower(block, j);
                LoadUpper(block, j);
                MultiplyAdd(block, Lower, j);
                MultiplyAdd(block, Upper, j + 4);
            }
            AddProducts(block, FirstScale);
        }
        if (_form.HasMinima)
            AddMinimum(block, SecondMinimum, RowPacking.Number.Sum);
        if (_form is { Splits: true, HasMinima: true })
        {
            _c.vsubps(FirstMinimum, FirstMinimum, SecondMinimum);
            AddMinimum(block, FirstMinimum, RowPacking.Number.FirstSum);
        }
    }

    private void MultiplyHalf(int block, bool upper, RowPacking.Number correction)
    {
        StartSums(block, correction);
        for (int j = 0; j < 4; j++)
        {
            if (upper)
                LoadUpper(block, j);
            else
                LoadLower(block, j);
            MultiplyAdd(block, upper ? Upper : Lower, upper ? j + 4 : j);
        }
    }

    private void MultiplyAdd(int block, AssemblerRegisterZMM weights, int row)
    {
        for (int m = 0; m < _rows; m++)
            _c.vpdpbusd(Z[Codes + m], weights, __dword_bcst[r9 + Row(block) + (CodeBlock.Length * m) + (4 * row)]);
    }

    /// <summary>Bytes from the first of the rows' blocks of this record to one of them.</summary>
    private int Row(int block) => block * _rows * RowPacking.CodeRowBytes;

    private AssemblerMemoryOperand Number(int block, int row, RowPacking.Number number) =>
        __dword_bcst[r9 + Row(block) + RowPacking.Offset(_rows, number) + (4 * row)];

    private void Fill(AssemblerRegisterZMM register, uint value)
    {
        _c.mov(ecx, value);
        _c.vpbroadcastd(register, ecx);
    }

    private void StartSums(int block, RowPacking.Number correction)
    {
        for (int m = 0; m < _rows; m++)
        {
            AssemblerRegisterZMM sum = Z[Codes + m];
            if (!IsBytes && CorrectionShift == 0)
            {
                _c.vpxord(sum, sum, sum);
                continue;
            }
            _c.vpbroadcastd(sum, __dword_ptr[r9 + Row(block) + RowPacking.Offset(_rows, correction) + (4 * m)]);
            if (CorrectionShift > 0)
                _c.vpsrad(sum, sum, (byte)CorrectionShift);
        }
    }

    /// <summary>Row j of a block as unsigned bytes.</summary>
    private void LoadLower(int block, int j)
    {
        if (IsBytes)
            _c.vpxord(Lower, SignBits, __zmmword_ptr[r8 + (512 * block) + (64 * j)]);
        else if (HasNibbles)
            _c.vpandd(Lower, LowNibbles, __zmmword_ptr[r8 + (256 * block) + (64 * j)]);
        LoadFurther(block, j, Lower, LowerPart);
    }

    /// <summary>Row j + 4.</summary>
    private void LoadUpper(int block, int j)
    {
        if (IsBytes)
        {
            _c.vpxord(Upper, SignBits, __zmmword_ptr[r8 + (512 * block) + (64 * (j + 4))]);
        }
        else if (HasNibbles)
        {
            _c.vpsrlw(Upper, __zmmword_ptr[r8 + (256 * block) + (64 * j)], 4);
            _c.vpandd(Upper, Upper, LowNibbles);
        }
        LoadFurther(block, j + 4, Upper, UpperPart);
    }

    /// <summary>The pairs and single bits of a row, the first part of its codes or above it.</summary>
    private void LoadFurther(int block, int row, AssemblerRegisterZMM codes, AssemblerRegisterZMM part)
    {
        if (_layout.Parts.HasFlag(PanelParts.Pairs))
        {
            LoadPart(HasNibbles ? part : codes, _layout.Pairs + (128 * block) + (64 * (row / 4)), 2 * (row % 4), LowPairs);
            if (HasNibbles)
                Join(codes, part, 4);
        }
        if (_layout.Parts.HasFlag(PanelParts.Bits))
        {
            LoadPart(part, _layout.Bits + (64 * block), row, LowBits);
            Join(codes, part, HasNibbles ? 4 : 2);
        }
    }

    private void LoadPart(AssemblerRegisterZMM register, int place, int shift, AssemblerRegisterZMM mask)
    {
        if (shift == 0)
        {
            _c.vpandd(register, mask, __zmmword_ptr[r8 + place]);
            return;
        }
        _c.vpsrld(register, __zmmword_ptr[r8 + place], (byte)shift);
        _c.vpandd(register, register, mask);
    }

    /// <summary>Puts the further bits of a row above the first ones.</summary>
    private void Join(AssemblerRegisterZMM codes, AssemblerRegisterZMM part, int shift)
    {
        _c.vpslld(part, part, (byte)shift);
        _c.vpord(codes, codes, part);
    }

    private void LoadHalves(AssemblerRegisterZMM register, int place) => _c.vcvtph2ps(register, __ymmword_ptr[r8 + place]);

    private void LoadScales(int block)
    {
        if (!IsLarge)
        {
            LoadHalves(FirstScale, _layout.Factors + (32 * block));
            if (_form.HasMinima)
                LoadHalves(SecondMinimum, _layout.MinimumFactors + (32 * block));
            return;
        }
        int scales = _layout.Scales + ((_form.Splits ? 32 : 16) * block);
        if (_layout.Groups == PanelGroups.HalvesInNibbles)
        {
            LoadHalfBytes(FirstScale, FirstMinimum, scales);
            LoadHalfBytes(SecondScale, SecondMinimum, scales + 16);
            return;
        }
        LoadBytes(FirstScale, Factor, scales, _form.Splits);
        if (_form.Splits)
            LoadBytes(SecondScale, Factor, scales + 16, signed: true);
        if (_form.HasMinima)
            LoadBytes(SecondMinimum, MinimumFactor, _layout.Minima + (16 * block), signed: false);
    }

    private void LoadBytes(AssemblerRegisterZMM register, AssemblerRegisterZMM factor, int place, bool signed)
    {
        if (signed)
            _c.vpmovsxbd(register, __xmmword_ptr[r8 + place]);
        else
            _c.vpmovzxbd(register, __xmmword_ptr[r8 + place]);
        _c.vcvtdq2ps(register, register);
        _c.vmulps(register, register, factor);
    }

    /// <summary>A scale in the low half of each byte, a minimum in the high one.</summary>
    private void LoadHalfBytes(AssemblerRegisterZMM scale, AssemblerRegisterZMM minimum, int place)
    {
        _c.vpmovzxbd(scale, __xmmword_ptr[r8 + place]);
        _c.vpsrld(minimum, scale, 4);
        _c.vpandd(scale, scale, LowNibbles);
        _c.vcvtdq2ps(scale, scale);
        _c.vcvtdq2ps(minimum, minimum);
        _c.vmulps(scale, scale, Factor);
        _c.vmulps(minimum, minimum, MinimumFactor);
    }

    private void AddProducts(int block, AssemblerRegisterZMM scale)
    {
        for (int m = 0; m < _rows; m++)
        {
            _c.vcvtdq2ps(Z[Codes + m], Z[Codes + m]);
            _c.vmulps(Temporary, scale, Number(block, m, RowPacking.Number.Scale));
            _c.vfmadd231ps(Z[Sums + m], Z[Codes + m], Temporary);
        }
    }

    /// <summary>Small types add their minimum, K types subtract it.</summary>
    private void AddMinimum(int block, AssemblerRegisterZMM minimum, RowPacking.Number sum)
    {
        for (int m = 0; m < _rows; m++)
        {
            if (IsLarge)
                _c.vfnmadd231ps(Z[Sums + m], minimum, Number(block, m, sum));
            else
                _c.vfmadd231ps(Z[Sums + m], minimum, Number(block, m, sum));
        }
    }
}
