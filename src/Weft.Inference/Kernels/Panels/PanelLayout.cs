using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Inference.Kernels.Panels;

// I inputs, O outputs.

/// <summary>
/// How the weights of 16 outputs lie together. A panel is a run of records, each with the weights of a few inputs for all 16 outputs, so that one vector
/// holds the same inputs of neighbouring outputs: products need no horizontal sums, and one row of input or many read the same bytes in order. Codes,
/// scales and minima keep the bits that they have in the checkpoint.
/// </summary>
/// <remarks>
/// A record of codes consists of parts. Blocks are of 32 inputs; "row j" is four neighbouring inputs of one block, 4j to 4j + 3, for all outputs: 64 bytes.
/// Bytes: rows 0 to 7. Nibbles: 4 vectors, the low halves are rows 0 to 3, the high ones rows 4 to 7. Pairs of bits: 2 vectors, row j is bits 2(j mod 4) of
/// vector j / 4. Bits: one vector, row j is bit j. Where a code has several parts, the first has its lowest bits. Then come scales and minima of groups in
/// bytes, and the factors of both in fp16, [16] each.
/// </remarks>
/// <param name="RecordLength">Inputs of a record.</param>
/// <param name="RecordBytes">Bytes of a record.</param>
internal readonly record struct PanelLayout(int RecordLength, int RecordBytes)
{
    /// <summary>Outputs of a panel: the lanes of a vector of 512 bits.</summary>
    public const int Width = 16;

    /// <summary>What the codes consist of.</summary>
    public PanelParts Parts { get; private init; }

    /// <summary>What a code is less before it is multiplied with its scale.</summary>
    public int Zero { get; private init; }

    /// <summary>What has a scale of its own.</summary>
    public PanelGroups Groups { get; private init; }

    /// <summary>Where pairs of bits begin.</summary>
    public int Pairs { get; private init; }

    /// <summary>Where single bits begin.</summary>
    public int Bits { get; private init; }

    /// <summary>Where the scales of groups begin, [groups, 16] bytes.</summary>
    public int Scales { get; private init; }

    /// <summary>Where the minima of groups begin, [groups, 16] bytes.</summary>
    public int Minima { get; private init; }

    /// <summary>Where the factors of scales begin, fp16 [16], in small types for each block.</summary>
    public int Factors { get; private init; }

    /// <summary>Where the factors of minima begin, fp16 [16], in small types for each block; 0 where there are no minima.</summary>
    public int MinimumFactors { get; private init; }

    /// <summary>The layout of an element type; <see cref="StoredType"/> gives one that has a layout.</summary>
    /// <exception cref="NotSupportedException">The type has no layout.</exception>
    public static PanelLayout Of(ElementType type) => type switch
    {
        ElementType.F32 => new(1, Width * sizeof(float)),
        ElementType.F16 => new(1, Width * sizeof(ushort)),
        ElementType.BF16 => new(4, 4 * Width * sizeof(ushort)),
        ElementType.Q8_0 => new(64, 1088) { Parts = PanelParts.Bytes, Factors = 1024 },
        ElementType.Q4_0 => new(64, 576) { Parts = PanelParts.Nibbles, Zero = 8, Factors = 512 },
        ElementType.Q4_1 => new(64, 640) { Parts = PanelParts.Nibbles, Factors = 512, MinimumFactors = 576 },
        ElementType.Q5_0 => new(64, 704) { Parts = PanelParts.Nibbles | PanelParts.Bits, Zero = 16, Bits = 512, Factors = 640 },
        ElementType.Q5_1 => new(64, 768) { Parts = PanelParts.Nibbles | PanelParts.Bits, Bits = 512, Factors = 640, MinimumFactors = 704 },
        ElementType.Q2_K => new(256, 1344) { Parts = PanelParts.Pairs, Groups = PanelGroups.HalvesInNibbles, Scales = 1024, Factors = 1280, MinimumFactors = 1312 },
        ElementType.Q3_K => new(256, 1856) { Parts = PanelParts.Pairs | PanelParts.Bits, Zero = 4, Groups = PanelGroups.Halves, Bits = 1024, Scales = 1536, Factors = 1792 },
        ElementType.Q4_K => new(256, 2368) { Parts = PanelParts.Nibbles, Groups = PanelGroups.Blocks, Scales = 2048, Minima = 2176, Factors = 2304, MinimumFactors = 2336 },
        ElementType.Q5_K => new(256, 2880)
        {
            Parts = PanelParts.Nibbles | PanelParts.Bits,
            Groups = PanelGroups.Blocks,
            Bits = 2048,
            Scales = 2560,
            Minima = 2688,
            Factors = 2816,
            MinimumFactors = 2848,
        },
        ElementType.Q6_K => new(256, 3392) { Parts = PanelParts.Nibbles | PanelParts.Pairs, Zero = 32, Groups = PanelGroups.Halves, Pairs = 2048, Scales = 3072, Factors = 3328 },
        _ => throw new NotSupportedException($"element type {type} has no panels"),
    };

    /// <summary>The type that weights of another type are stored as without loss.</summary>
    public static ElementType StoredType(ElementType type) => type switch
    {
        ElementType.F16 or ElementType.BF16 => type,
        ElementType.F8_E4M3 or ElementType.F8_E5M2 => ElementType.BF16,
        _ => type.IsBlockQuantized() ? type : ElementType.F32,
    };

    /// <summary>Panels of a matrix.</summary>
    public static int Panels(int outputs) => (outputs + Width - 1) / Width;

    /// <summary>Bytes of a panel.</summary>
    public long PanelBytes(int inputs) => ((long)inputs + RecordLength - 1) / RecordLength * RecordBytes;
}

/// <summary>Parts of codes; the first has the lowest bits.</summary>
[Flags]
internal enum PanelParts
{
    /// <summary>Signed bytes.</summary>
    Bytes = 1,

    /// <summary>Four bits.</summary>
    Nibbles = 2,

    /// <summary>Two bits.</summary>
    Pairs = 4,

    /// <summary>One bit.</summary>
    Bits = 8,
}

/// <summary>What has a scale, and where that has a minimum.</summary>
internal enum PanelGroups
{
    /// <summary>A block, whose scale is its factor.</summary>
    None,

    /// <summary>A block: 6 bits of scale and of minimum, in bytes, by the record's factors.</summary>
    Blocks,

    /// <summary>Half a block: a signed byte by the record's factor.</summary>
    Halves,

    /// <summary>Half a block: 4 bits of scale and 4 of minimum in one byte, by the record's factors.</summary>
    HalvesInNibbles,
}
