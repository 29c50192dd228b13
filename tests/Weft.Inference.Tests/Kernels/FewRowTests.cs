using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Weights;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Inference.Tests.Kernels;

/// <summary>Kernels in C# that read panels as they lie, in each width that the machine has, against those that read unpacked panels, to the bit.</summary>
public sealed unsafe class FewRowTests
{
    public static TheoryData<ElementType> BlockTypes => PanelTests.BlockTypes;

    private delegate void PackedKernel(int rows, ElementType type, TileArguments* tile);

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Packed_codes_give_the_bits_of_the_plain_kernel(ElementType type)
    {
        var random = new Random((int)type);
        for (int rows = 1; rows <= PackedCodeTile.MostRows; rows++)
        {
            int inputs = type.BlockLength() == CodeBlock.Length ? CodeBlock.Length * random.Next(1, 70) : type.BlockLength() * random.Next(1, 6);
            (byte[] bytes, _) = PanelTests.Draw(type, PanelLayout.Width, inputs, seed: rows);
            float[] input = PanelTests.DrawInput(rows * inputs, seed: rows);
            if (rows % 4 != 0)
                MakeExtreme(type, bytes, input, codes: (byte)(rows % 4 == 1 ? 0xff : rows % 4 == 2 ? 0x80 : 0x7f));
            var matrix = new PackedMatrix(type, bytes, PanelLayout.Width, inputs);
            FloatBuffer x = new(input);
            AlignedBuffer tile = new(RowPacking.CodeBytes(rows, inputs) / sizeof(float), "a test");
            RowPacking.ToCodes(x.Pointer, rows, inputs, (byte*)tile.Pointer);
            float[] expected = Plain(type, matrix, rows, inputs, (byte*)tile.Pointer);
            foreach (PackedKernel kernel in Kernels())
            {
                FloatBuffer sums = new(new float[rows * PanelLayout.Width]);
                long records = PanelLayout.Of(type).PanelBytes(inputs) / PanelLayout.Of(type).RecordBytes;
                var arguments = new TileArguments { Weights = matrix.Panels, Rows = (byte*)tile.Pointer, Sums = sums.Pointer, Steps = records };
                kernel(rows, type, &arguments);
                sums.CheckGuards();
                // Without fused products, vectors round once more than the plain kernel.
                if (Fma.IsSupported || AdvSimd.IsSupported)
                    Assert.Equal(expected, sums.Span.ToArray());
                else
                    Assert.InRange(Differences.Greatest(expected.Select(value => (double)value), sums.Span), 0, 1e-5 * (10 + expected.Max(Math.Abs)));
            }
            GC.KeepAlive((tile, matrix));
        }
    }

    [Theory]
    [InlineData(ElementType.BF16, false)]
    [InlineData(ElementType.F16, false)]
    [InlineData(ElementType.F16, true)]
    public void Sixteen_bits_widened_in_registers_give_the_bits_of_those_widened_in_memory(ElementType type, bool hasInfinite)
    {
        if (Vector512.IsHardwareAccelerated)
            CheckWidened<Lanes512, HalfLanes512, Vector512<float>>(type, hasInfinite);
        if (Vector256.IsHardwareAccelerated)
            CheckWidened<Lanes256, HalfLanes256, Vector256<float>>(type, hasInfinite);
        CheckWidened<Lanes128, HalfLanes128, Vector128<float>>(type, hasInfinite);
    }

    /// <summary>Codes that lead to the greatest sums: none may leave its 16 bits.</summary>
    private static void MakeExtreme(ElementType type, byte[] bytes, float[] input, byte codes)
    {
        Array.Fill(bytes, codes);
        foreach (int place in PanelTests.Factors(type))
            for (int block = 0; block < bytes.Length; block += type.BlockSize())
                BitConverter.TryWriteBytes(bytes.AsSpan(block + place), (Half)0.01f);
        for (int i = 0; i < input.Length; i++)
            input[i] = codes == 0x7f && i % 4 < 2 ? -1 : 1;
    }

    private static List<PackedKernel> Kernels()
    {
        List<PackedKernel> kernels =
        [
            PackedRowsTiles.MultiplyPortably,
            PackedRowsTiles.Multiply<PackedLanes128, Vector128<float>, Vector128<int>>,
            PackedRowsTiles.Multiply<PackedPair<PackedLanes128, Vector128<int>, Vector128<float>>, Pair<Vector128<float>>, Pair<Vector128<int>>>,
        ];
        if (Avx2.IsSupported)
        {
            kernels.Add(PackedRowsTiles.Multiply<PackedLanes256, Vector256<float>, Vector256<int>>);
            kernels.Add(PackedRowsTiles.Multiply<PackedPair<PackedLanes256, Vector256<int>, Vector256<float>>, Pair<Vector256<float>>, Pair<Vector256<int>>>);
        }
        if (Avx512BW.IsSupported)
            kernels.Add(PackedRowsTiles.Multiply<PackedLanes512, Vector512<float>, Vector512<int>>);
        return kernels;
    }

    private static float[] Plain(ElementType type, PackedMatrix matrix, int rows, int inputs, byte* tile)
    {
        CodeBlock form = CodeBlock.Of(type);
        int blocks = RowPacking.Blocks(inputs);
        AlignedBuffer unpacked = new(blocks * form.Bytes / sizeof(float), "a test"), sums = new(rows * 2 * PanelLayout.Width, "a test");
        PanelUnpacking.ToCodes(type, matrix.Panels, blocks, (byte*)unpacked.Pointer);
        var arguments = new TileArguments { Weights = (byte*)unpacked.Pointer, SecondWeights = (byte*)unpacked.Pointer, Rows = tile, Sums = sums.Pointer, Steps = blocks };
        CodeTiles.MultiplyScalar(rows, form, &arguments);
        float[] result = [.. Enumerable.Range(0, rows * PanelLayout.Width).Select(i => sums.Span[(i / PanelLayout.Width * 2 * PanelLayout.Width) + (i % PanelLayout.Width)])];
        GC.KeepAlive(unpacked);
        return result;
    }

    private static void CheckWidened<TLanes, THalves, TVector>(ElementType type, bool hasInfinite)
        where TLanes : struct, ILanes<TVector>
        where THalves : struct, IHalfLanes<TVector>
        where TVector : unmanaged
    {
        int width = 4 * TLanes.Count, most = width / PanelLayout.Width;
        foreach (int inputs in new[] { 2, 34, 256 })
            foreach (int panels in Enumerable.Range(1, most))
                for (int rows = 1; rows <= 2; rows++)
                {
                    (byte[] bytes, _) = PanelTests.Draw(type, most * PanelLayout.Width, inputs, seed: inputs + panels);
                    if (hasInfinite)
                        (MemoryMarshal.Cast<byte, Half>(bytes.AsSpan())[inputs - 1], MemoryMarshal.Cast<byte, Half>(bytes.AsSpan())[(5 * inputs) + 1]) = (Half.NegativeInfinity, Half.NaN);
                    var matrix = new PackedMatrix(type, bytes, most * PanelLayout.Width, inputs);
                    nint panelBytes = (nint)PanelLayout.Of(type).PanelBytes(inputs), step = inputs * PanelLayout.Width;
                    FloatBuffer x = new(PanelTests.DrawInput(rows * inputs, seed: rows)), widened = new(new float[most * step]);
                    for (int panel = 0; panel < most; panel++)
                        PanelUnpacking.ToFloats(type, matrix.Panels + (panel * panelBytes), inputs, widened.Pointer + (panel * step));
                    FloatBuffer expected = new(new float[rows * width]), sums = new(new float[rows * width]);
                    var values = new FloatTile<TLanes, TVector>.Inputs((nint)x.Pointer, inputs, inputs);
                    FloatTile<TLanes, TVector>.Multiply(rows, values, new(widened.Pointer, step, panels), expected.Pointer);
                    if (type == ElementType.BF16)
                        Assert.True(FewRowTile<TLanes, BFloat16Weights<THalves, TVector>, TVector>.Multiply(rows, values, new((nint)matrix.Panels, panelBytes, panels), sums.Pointer));
                    else if (hasInfinite)
                        Assert.False(FewRowTile<TLanes, FiniteHalfWeights<THalves, TVector>, TVector>.Multiply(rows, values, new((nint)matrix.Panels, panelBytes, panels), sums.Pointer));
                    else
                        Assert.True(FewRowTile<TLanes, FiniteHalfWeights<THalves, TVector>, TVector>.Multiply(rows, values, new((nint)matrix.Panels, panelBytes, panels), sums.Pointer));
                    if (hasInfinite)
                        Assert.True(FewRowTile<TLanes, HalfWeights<THalves, TVector>, TVector>.Multiply(rows, values, new((nint)matrix.Panels, panelBytes, panels), sums.Pointer));
                    sums.CheckGuards();
                    Assert.Equal(expected.Span.ToArray(), sums.Span.ToArray());
                    GC.KeepAlive(matrix);
                }
    }
}
