using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

// S head size, B positions of a page.

/// <summary>
/// How one head's keys and values of B positions lie in a page. F32 and F16: keys [S, B], values [B, S]. BF16 and 8 bits: panels as weights have them, keys
/// with positions as outputs and the head's numbers as inputs, values the other way round, so that the kernels of matrix products multiply them as they lie.
/// 8 bits: code blocks; a key has a scale for each 32 of its numbers; values have one scale for each position, fp32 [B], behind their panels.
/// </summary>
/// <param name="Type">F32, F16, BF16, or Q8_0 for 8 bits.</param>
/// <param name="Size">S.</param>
internal readonly record struct CachePage(ElementType Type, int Size)
{
    private const int B = AttentionRow.BlockSize;

    /// <summary>Panels of keys.</summary>
    public const int KeyPanels = B / PanelLayout.Width;

    /// <summary>Of the code blocks of keys and values.</summary>
    public static readonly CodeBlock Form = new(Splits: false, HasMinima: false);

    /// <summary>Panels of values.</summary>
    public int ValuePanels => PanelLayout.Panels(Size);

    /// <summary>Bytes of a panel of keys.</summary>
    public int KeyPanelBytes => Type == ElementType.BF16 ? RowPacking.Pairs(Size) * PanelLayout.Width * sizeof(uint) : RowPacking.Blocks(Size) * Form.Bytes;

    /// <summary>Bytes of a panel of values.</summary>
    public int ValuePanelBytes => Type == ElementType.BF16 ? B / 2 * PanelLayout.Width * sizeof(uint) : B / CodeBlock.Length * Form.Bytes;

    /// <summary>Where the scales of values in 8 bits begin.</summary>
    public int ValueScales => ValuePanels * ValuePanelBytes;

    /// <summary>Bytes of the keys: whole cache lines.</summary>
    public long KeyBytes => Type is ElementType.F32 or ElementType.F16 ? Lines((long)Size * B * Type.Size()) : KeyPanels * KeyPanelBytes;

    /// <summary>Bytes of the values: whole cache lines.</summary>
    public long ValueBytes => Type switch
    {
        ElementType.F32 or ElementType.F16 => Lines((long)Size * B * Type.Size()),
        ElementType.BF16 => ValueScales,
        _ => ValueScales + (B * sizeof(float)),
    };

    private static long Lines(long bytes) => (bytes + 63) / 64 * 64;
}
