using System.Runtime.CompilerServices;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Inference.Kernels.Panels;

// I inputs.

/// <summary>Rows of a checkpoint to panels; <see cref="PanelLayout"/> describes what is written.</summary>
internal static unsafe class PanelPacking
{
    /// <summary>Writes one row as a lane of a panel, whose memory is zero before.</summary>
    /// <param name="type">Of the row and the panel.</param>
    /// <param name="row">I elements, or their blocks, as in the checkpoint.</param>
    /// <param name="inputs">I; whole blocks of the type.</param>
    /// <param name="panel">The panel's first record.</param>
    /// <param name="lane">The output's place in the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRow(ElementType type, byte* row, int inputs, byte* panel, int lane)
    {
        PanelLayout layout = PanelLayout.Of(type);
        switch (type)
        {
            case ElementType.F32:
                for (int i = 0; i < inputs; i++)
                    ((uint*)panel)[(PanelLayout.Width * i) + lane] = ((uint*)row)[i];
                return;
            case ElementType.F16:
                for (int i = 0; i < inputs; i++)
                    ((ushort*)panel)[(PanelLayout.Width * i) + lane] = ((ushort*)row)[i];
                return;
            case ElementType.BF16:
                for (int i = 0; i < inputs; i++)
                    ((ushort*)panel)[(((i / 2 * PanelLayout.Width) + lane) * 2) + (i % 2)] = ((ushort*)row)[i];
                return;
        }
        int length = type.BlockLength(), size = type.BlockSize(), blocksOfRecord = layout.RecordLength / length;
        for (int block = 0; block < inputs / length; block++)
        {
            byte* record = panel + ((nint)(block / blocksOfRecord) * layout.RecordBytes), source = row + ((nint)block * size);
            if (length == BlockTypes.SmallBlock)
                PackSmall(source, layout, record, block % blocksOfRecord, lane);
            else
                LargePacking.Pack(type, source, layout, record, lane);
        }
    }

    /// <summary>32 bits, of element i in bit i, ordered by rows: element 4j + k in bit 8k + j.</summary>
    public static uint OrderBits(uint bits)
    {
        uint ordered = 0;
        for (int k = 0; k < 4; k++)
        {
            uint rows = (bits >> k) & 0x11111111;
            rows = (rows | (rows >> 3)) & 0x03030303;
            rows = (rows | (rows >> 6)) & 0x000f000f;
            ordered |= ((rows | (rows >> 12)) & 0xff) << (8 * k);
        }
        return ordered;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackSmall(byte* source, in PanelLayout layout, byte* record, int block, int lane)
    {
        bool hasMinimum = layout.MinimumFactors > 0;
        ((ushort*)(record + layout.Factors + (32 * block)))[lane] = *(ushort*)source;
        if (hasMinimum)
            ((ushort*)(record + layout.MinimumFactors + (32 * block)))[lane] = ((ushort*)source)[1];
        source += hasMinimum ? 4 : 2;
        if (layout.Bits > 0)
        {
            ((uint*)(record + layout.Bits + (64 * block)))[lane] = OrderBits(*(uint*)source);
            source += 4;
        }
        int rows = layout.Parts == PanelParts.Bytes ? 8 : 4;
        uint* codes = (uint*)(record + (64 * rows * block)) + lane;
        for (int j = 0; j < rows; j++)
            codes[PanelLayout.Width * j] = ((uint*)source)[j];
    }
}

/// <summary>Blocks of 256 elements, as <c>LargeBlocks</c> of Weft.Model reads them.</summary>
internal static unsafe class LargePacking
{
    private const uint LowNibbles = 0x0f0f0f0f, LowPairs = 0x03030303, LowBits = 0x01010101;

    /// <summary>Blocks of 32 elements in one of 256.</summary>
    private const int Blocks = BlockTypes.LargeBlock / CodeBlock.Length;

    public static void Pack(ElementType type, byte* source, in PanelLayout layout, byte* record, int lane)
    {
        switch (type)
        {
            case ElementType.Q2_K:
                PackPairs((uint*)(source + 16), record + layout.Pairs, lane);
                PackBytes(source, 2 * Blocks, record + layout.Scales, lane);
                PackFactors(source + 80, layout, record, lane);
                break;
            case ElementType.Q3_K:
                PackPairs((uint*)(source + 32), record + layout.Pairs, lane);
                PackBits((uint*)source, record + layout.Bits, lane);
                for (int group = 0; group < 2 * Blocks; group++)
                    record[layout.Scales + (16 * group) + lane] = (byte)(SixBitScale(source + 96, group) - 32);
                ((ushort*)(record + layout.Factors))[lane] = *(ushort*)(source + 108);
                break;
            case ElementType.Q4_K:
                PackNibbles((uint*)(source + 16), record, lane);
                PackGroups(source + 4, layout, record, lane);
                PackFactors(source, layout, record, lane);
                break;
            case ElementType.Q5_K:
                PackNibbles((uint*)(source + 48), record, lane);
                PackBits((uint*)(source + 16), record + layout.Bits, lane);
                PackGroups(source + 4, layout, record, lane);
                PackFactors(source, layout, record, lane);
                break;
            case ElementType.Q6_K:
                PackSix((uint*)source, (uint*)(source + 128), layout, record, lane);
                PackBytes(source + 192, 2 * Blocks, record + layout.Scales, lane);
                ((ushort*)(record + layout.Factors))[lane] = *(ushort*)(source + 208);
                break;
            default:
                throw new NotSupportedException($"{type} is no K type");
        }
    }

    /// <summary>Codes whose dword w of each 64 elements holds elements 4w … of the first block in its low halves, of the second in its high ones.</summary>
    private static void PackNibbles(uint* codes, byte* record, int lane)
    {
        for (int pair = 0; pair < Blocks / 2; pair++, codes += 8)
        {
            uint* first = (uint*)(record + (512 * pair)) + lane, second = first + 64;
            for (int j = 0; j < 4; j++)
            {
                uint lower = codes[j], upper = codes[j + 4];
                first[PanelLayout.Width * j] = (lower & LowNibbles) | ((upper & LowNibbles) << 4);
                second[PanelLayout.Width * j] = ((lower >> 4) & LowNibbles) | (upper & ~LowNibbles);
            }
        }
    }

    private static void PackPairs(uint* codes, byte* pairs, int lane)
    {
        for (int block = 0; block < Blocks; block++)
            for (int h = 0; h < 2; h++)
            {
                uint packed = 0;
                for (int j = 0; j < 4; j++)
                    packed |= ((codes[(block / 4 * 8) + (4 * h) + j] >> (2 * (block % 4))) & LowPairs) << (2 * j);
                ((uint*)(pairs + (128 * block) + (64 * h)))[lane] = packed;
            }
    }

    private static void PackBits(uint* bits, byte* destination, int lane)
    {
        for (int block = 0; block < Blocks; block++)
        {
            uint packed = 0;
            for (int j = 0; j < 8; j++)
                packed |= ((bits[j] >> block) & LowBits) << j;
            ((uint*)(destination + (64 * block)))[lane] = packed;
        }
    }

    private static void PackSix(uint* low, uint* high, in PanelLayout layout, byte* record, int lane)
    {
        for (int block = 0; block < Blocks; block++)
        {
            (int half, int quarter) = Math.DivRem(block, 4);
            uint* codes = low + (16 * half) + (8 * (quarter % 2)), upper = high + (8 * half);
            int shift = 4 * (quarter / 2);
            for (int j = 0; j < 4; j++)
                ((uint*)(record + (256 * block) + (64 * j)))[lane] = ((codes[j] >> shift) & LowNibbles) | (((codes[j + 4] >> shift) & LowNibbles) << 4);
            for (int h = 0; h < 2; h++)
            {
                uint packed = 0;
                for (int j = 0; j < 4; j++)
                    packed |= ((upper[(4 * h) + j] >> (2 * quarter)) & LowPairs) << (2 * j);
                ((uint*)(record + layout.Pairs + (128 * block) + (64 * h)))[lane] = packed;
            }
        }
    }

    private static void PackBytes(byte* source, int count, byte* destination, int lane)
    {
        for (int i = 0; i < count; i++)
            destination[(16 * i) + lane] = source[i];
    }

    /// <summary>Scales and minima of 6 bits: of groups 0 to 3 in bytes 0 to 3 and 4 to 7; those of 4 to 7 have their high bits above these.</summary>
    private static void PackGroups(byte* groups, in PanelLayout layout, byte* record, int lane)
    {
        for (int group = 0; group < Blocks; group++)
        {
            (int scale, int minimum) = group < 4
                ? (groups[group] & 63, groups[group + 4] & 63)
                : ((groups[group + 4] & 15) | (groups[group - 4] >> 6 << 4), (groups[group + 4] >> 4) | (groups[group] >> 6 << 4));
            record[layout.Scales + (16 * group) + lane] = (byte)scale;
            record[layout.Minima + (16 * group) + lane] = (byte)minimum;
        }
    }

    private static void PackFactors(byte* factors, in PanelLayout layout, byte* record, int lane)
    {
        ((ushort*)(record + layout.Factors))[lane] = *(ushort*)factors;
        ((ushort*)(record + layout.MinimumFactors))[lane] = ((ushort*)factors)[1];
    }

    private static int SixBitScale(byte* scales, int group) =>
        ((scales[group % 8] >> (4 * (group / 8))) & 15) | (((scales[8 + (group % 4)] >> (2 * (group / 4))) & 3) << 4);
}
