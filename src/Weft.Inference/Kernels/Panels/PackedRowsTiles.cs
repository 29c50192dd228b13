using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels.Assembled;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Chooses the <see cref="PackedRowsTile{TCodes, TRows, TMinima, TVector, TBits}"/> of a type and this machine: decoding without assembled kernels.</summary>
internal static unsafe class PackedRowsTiles
{
    /// <summary>Rows of a tile of many tokens: as many as are multiplied together, and a divisor of what parts of the tokens are rounded to.</summary>
    public const int ManyRows = 4;

    /// <summary>Whether panels are best read as they lie: always, unless there is an assembled kernel for unpacked ones, and more tokens than are few for it.</summary>
    public static bool AreBest(int tokens, int few) =>
        InstructionTiers.Allows(InstructionTier.Vector) && (tokens <= few || !AssembledKernels.HasCodes || AssembledKernels.Refused);

    /// <summary>Computes a tile of one panel with the fastest kernel that there is.</summary>
    /// <param name="rows">R, at most <see cref="PackedCodeTile.MostRows"/>.</param>
    /// <param name="type">Of the panel.</param>
    /// <param name="tile">The panel, its records as steps, the rows, and where [R, 16] sums go.</param>
    public static void Multiply(int rows, ElementType type, TileArguments* tile)
    {
        nint assembled = AssembledKernels.PackedCode(rows, type);
        if (assembled != 0)
        {
            ((delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)assembled)(tile);
            return;
        }
        float* sums = stackalloc float[PackedCodeTile.MostRows * PanelLayout.Width];
        TileArguments inner = *tile;
        inner.Sums = sums;
        MultiplyPortably(rows, type, &inner);
        TileFinish.Write(sums, rows, PanelLayout.Width, *tile);
    }

    /// <summary>Leaves [R, 16] sums.</summary>
    public static void MultiplyPortably(int rows, ElementType type, TileArguments* tile)
    {
        // More rows than these have too many sums for pairs of vectors.
        bool inPairs = rows < 3;
        if (!AvxVnni.IsSupported && Vector512.IsHardwareAccelerated && Avx512BW.IsSupported)
            Multiply<PackedLanes512, Vector512<float>, Vector512<int>>(rows, type, tile);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && inPairs)
            Multiply<PackedPair<PackedLanes256, Vector256<int>, Vector256<float>>, Pair<Vector256<float>>, Pair<Vector256<int>>>(rows, type, tile);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
            Multiply<PackedLanes256, Vector256<float>, Vector256<int>>(rows, type, tile);
        else if (inPairs)
            Multiply<PackedPair<PackedLanes128, Vector128<int>, Vector128<float>>, Pair<Vector128<float>>, Pair<Vector128<int>>>(rows, type, tile);
        else
            Multiply<PackedLanes128, Vector128<float>, Vector128<int>>(rows, type, tile);
    }

    public static void Multiply<TCodes, TVector, TBits>(int rows, ElementType type, TileArguments* tile)
        where TCodes : struct, IPackedLanes<TBits, TVector>
        where TVector : unmanaged
        where TBits : unmanaged
    {
        PanelLayout layout = PanelLayout.Of(type);
        CodeBlock form = CodeBlock.Of(type);
        switch (layout.Parts)
        {
            case PanelParts.Bytes:
                PackedRowsTile<TCodes, ByteRows, WithoutMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Nibbles when form.HasMinima:
                PackedRowsTile<TCodes, NibbleRows, WithMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Nibbles:
                PackedRowsTile<TCodes, NibbleRows, WithoutMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Nibbles | PanelParts.Bits when form.HasMinima:
                PackedRowsTile<TCodes, NibbleBitRows, WithMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Nibbles | PanelParts.Bits:
                PackedRowsTile<TCodes, NibbleBitRows, WithoutMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Nibbles | PanelParts.Pairs:
                PackedRowsTile<TCodes, NibblePairRows, WithoutMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Pairs:
                PackedRowsTile<TCodes, PairRows, WithMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            case PanelParts.Pairs | PanelParts.Bits:
                PackedRowsTile<TCodes, PairBitRows, WithoutMinima, TVector, TBits>.Multiply(rows, layout, tile);
                break;
            default:
                throw new NotSupportedException($"no kernel reads panels of {type}");
        }
    }
}
