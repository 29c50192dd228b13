using System.Runtime.CompilerServices;

namespace Weft.Inference.Kernels.Panels;

/// <summary>
/// Unpacks the scales and minima of one vector of outputs: for each block a vector of scales; where there are minima, one of what is added; where halves have
/// scales of their own, that of the second half; and where both, what is added to the first half less what is added to the second. The numbers are those of
/// <see cref="PanelCodes.Scales"/> and <see cref="CodeBlock"/>.
/// </summary>
internal static unsafe class PackedScales<TCodes, TVector, TBits>
    where TCodes : struct, IPackedLanes<TBits, TVector>
    where TVector : unmanaged
    where TBits : unmanaged
{
    private const uint LowNibble = 15, Byte = 255;

    /// <summary>Unpacks those of neighbouring records.</summary>
    /// <param name="layout">Of the records.</param>
    /// <param name="record">The first of them.</param>
    /// <param name="records">How many.</param>
    /// <param name="lane">The first output of the vector.</param>
    /// <param name="scales">Receives the vectors, block after block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(in PanelLayout layout, byte* record, int records, int lane, TVector* scales)
    {
        int blocks = layout.RecordLength / CodeBlock.Length;
        bool hasMinima = layout.MinimumFactors > 0;
        for (; records > 0; records--, record += layout.RecordBytes)
        {
            byte* factors = record + layout.Factors + (sizeof(ushort) * lane), minimumFactors = record + layout.MinimumFactors + (sizeof(ushort) * lane);
            byte* groups = record + layout.Scales + lane;
            switch (layout.Groups)
            {
                case PanelGroups.None:
                    for (int block = 0; block < blocks; block++)
                    {
                        *scales++ = TCodes.WidenHalves(factors + (2 * PanelLayout.Width * block));
                        if (hasMinima)
                            *scales++ = TCodes.WidenHalves(minimumFactors + (2 * PanelLayout.Width * block));
                    }
                    break;
                case PanelGroups.Blocks:
                    scales = Blocks(TCodes.WidenHalves(factors), Negated(minimumFactors), groups, record + layout.Minima + lane, scales);
                    break;
                case PanelGroups.Halves:
                    scales = Halves(TCodes.WidenHalves(factors), groups, scales);
                    break;
                default:
                    scales = HalvesInNibbles(TCodes.WidenHalves(factors), Negated(minimumFactors), groups, scales);
                    break;
            }
        }
    }

    /// <summary>K types subtract their minima.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Negated(byte* halves) => TCodes.Scale(TCodes.WidenHalves(halves), -1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector* Blocks(TVector factor, TVector minimum, byte* groups, byte* minima, TVector* scales)
    {
        for (int block = 0; block < 8; block++, scales += 2)
        {
            scales[0] = TCodes.Multiply(factor, TCodes.Convert(TCodes.WidenBytes(groups + (PanelLayout.Width * block))));
            scales[1] = TCodes.Multiply(minimum, TCodes.Convert(TCodes.WidenBytes(minima + (PanelLayout.Width * block))));
        }
        return scales;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector* Halves(TVector factor, byte* groups, TVector* scales)
    {
        for (int group = 0; group < 16; group++, groups += PanelLayout.Width)
            *scales++ = TCodes.Multiply(factor, TCodes.Convert(TCodes.WidenSignedBytes(groups)));
        return scales;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector* HalvesInNibbles(TVector factor, TVector minimum, byte* groups, TVector* scales)
    {
        for (int block = 0; block < 8; block++, groups += 2 * PanelLayout.Width, scales += 4)
        {
            TBits first = TCodes.WidenBytes(groups), second = TCodes.WidenBytes(groups + PanelLayout.Width);
            TVector secondMinimum = TCodes.Multiply(minimum, TCodes.Convert(TCodes.Part(second, -4, Byte)));
            scales[0] = TCodes.Multiply(factor, TCodes.Convert(TCodes.Part(first, 0, LowNibble)));
            scales[1] = secondMinimum;
            scales[2] = TCodes.Multiply(factor, TCodes.Convert(TCodes.Part(second, 0, LowNibble)));
            scales[3] = TCodes.Subtract(TCodes.Multiply(minimum, TCodes.Convert(TCodes.Part(first, -4, Byte))), secondMinimum);
        }
        return scales;
    }
}
