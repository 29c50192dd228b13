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
/// <param name="type">F32, F16, BF16, or Q8_0 for 8 bits.</param>
/// <param name="size">S.</param>
internal readonly struct CachePage(ElementType type, int size)
{
    private const int B = AttentionRow.BlockSize;

    /// <summary>Panels of keys.</summary>
    public const int KeyPanels = B / PanelLayout.Width;

    /// <summary>Of the code blocks of keys and values.</summary>
    public static readonly CodeBlock Form = new(Splits: false, HasMinima: false);

    /// <summary>F32, F16, BF16, or Q8_0 for 8 bits.</summary>
    public ElementType Type { get; } = type;

    /// <summary>S.</summary>
    public int Size { get; } = size;

    /// <summary>Panels of values.</summary>
    public int ValuePanels { get; } = PanelLayout.Panels(size);

    // Attention asks for these at every page: they are computed once.

    /// <summary>Bytes of a panel of keys.</summary>
    public int KeyPanelBytes { get; } = PanelBytesOfKeys(type, size);

    /// <summary>Bytes of a panel of values.</summary>
    public int ValuePanelBytes { get; } = PanelBytesOfValues(type);

    /// <summary>Where the scales of values in 8 bits begin.</summary>
    public int ValueScales { get; } = PanelLayout.Panels(size) * PanelBytesOfValues(type);

    /// <summary>Bytes of the keys: whole cache lines.</summary>
    public int KeyBytes { get; } = IsPlain(type) ? Lines(size * B * type.Size()) : KeyPanels * PanelBytesOfKeys(type, size);

    /// <summary>Bytes of the values: whole cache lines.</summary>
    public int ValueBytes { get; } = IsPlain(type) ? Lines(size * B * type.Size())
        : (PanelLayout.Panels(size) * PanelBytesOfValues(type)) + (type == ElementType.BF16 ? 0 : B * sizeof(float));

    private static bool IsPlain(ElementType type) => type is ElementType.F32 or ElementType.F16;

    private static int PanelBytesOfKeys(ElementType type, int size) =>
        type == ElementType.BF16 ? RowPacking.Pairs(size) * PanelLayout.Width * sizeof(uint) : RowPacking.Blocks(size) * Form.Bytes;

    private static int PanelBytesOfValues(ElementType type) =>
        type == ElementType.BF16 ? B / 2 * PanelLayout.Width * sizeof(uint) : B / CodeBlock.Length * Form.Bytes;

    private static int Lines(int bytes) => (bytes + 63) / 64 * 64;
}
