using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Panels;

/// <summary>
/// The form into which every block-quantized type is unpacked before rows are multiplied with it: 32 inputs of 16 outputs as bytes, four inputs of an
/// output together, and after them vectors of 16 numbers, one an output. One kernel then serves all types.
/// </summary>
/// <param name="Splits">The two halves of 16 inputs have scales of their own.</param>
/// <param name="HasMinima">A minimum is added to each weight.</param>
internal readonly record struct CodeBlock(bool Splits, bool HasMinima)
{
    /// <summary>Inputs of a block.</summary>
    public const int Length = 32;

    /// <summary>What is added to a code, so that it is an unsigned byte: the instruction that multiplies bytes wants one operand unsigned and one signed.</summary>
    public const int Offset = 128;

    /// <summary>fp32 [16], of all inputs or of the first half; the codes, [8, 16, 4] bytes, lie before.</summary>
    public const int Scales = Length * PanelLayout.Width;

    /// <summary>What is added to all weights, or to those of the second half, fp32 [16].</summary>
    public const int Minima = Scales + 64;

    /// <summary>As <see cref="Scales"/>, of the second half.</summary>
    public int SecondScales => HasMinima ? Minima + 64 : Minima;

    /// <summary>What is added to the first half less what is added to the second, fp32 [16].</summary>
    public int MinimumDifferences => SecondScales + 64;

    /// <summary>Bytes.</summary>
    public int Bytes => Splits ? MinimumDifferences + (HasMinima ? 64 : 0) : SecondScales;

    /// <summary>The form of a block-quantized type.</summary>
    public static CodeBlock Of(ElementType type)
    {
        PanelLayout layout = PanelLayout.Of(type);
        return new(Splits: layout.Groups is PanelGroups.Halves or PanelGroups.HalvesInNibbles, HasMinima: layout.MinimumFactors > 0);
    }
}
