using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Weft.Model.Checkpoints.HuggingFace;

// O outputs, I inputs, G groups of inputs that share a scale and a zero for each output.

/// <summary>
/// The weight of a linear layer, [O, I], whose codes of 4 bits lie eight in an integer of 32: scale·(code − zero), a scale and a zero for each group and
/// output. Decoded where it is read.
/// </summary>
internal abstract class PackedLinear
{
    /// <summary>Codes of one integer.</summary>
    public const int Codes = 8;

    /// <summary>Outputs that are decoded together: their integers, in GPTQ, are a cache line.</summary>
    private const int RowsTogether = 2 * Codes;

    private readonly TensorView _zeros, _scales;

    /// <param name="parts">The layer's tensors, of which codes and zeros are I32.</param>
    /// <param name="outputs">O, whole integers of them.</param>
    /// <param name="inputs">I.</param>
    protected PackedLinear(PackedParts parts, int outputs, int inputs)
    {
        (Weights, _zeros, _scales) = (parts.Weights, parts.Zeros, parts.Scales);
        (Outputs, Inputs, Groups) = (outputs, inputs, (int)parts.Scales.Shape[0]);
    }

    /// <summary>O.</summary>
    public int Outputs { get; }

    /// <summary>I.</summary>
    public int Inputs { get; }

    /// <summary>The tensor of codes.</summary>
    protected TensorView Weights { get; }

    private int Groups { get; }

    /// <summary>Decodes elements of [O, I] in their order.</summary>
    public void Read(long start, Span<float> destination)
    {
        float[]? few = null;
        while (!destination.IsEmpty)
        {
            (long row, long column) = Math.DivRem(start, Inputs);
            int whole = (int)Math.Min(Math.Min(RowsTogether, Outputs - row), destination.Length / Inputs) / Codes * Codes, count;
            if (column == 0 && row % Codes == 0 && whole > 0)
            {
                ReadRows((int)row, whole, destination[..(count = whole * Inputs)]);
            }
            else
            {
                int offset = (int)((row % Codes * Inputs) + column);
                few ??= new float[Codes * Inputs];
                ReadRows((int)(row / Codes * Codes), Codes, few);
                count = Math.Min(destination.Length, few.Length - offset);
                few.AsSpan(offset, count).CopyTo(destination);
            }
            start += count;
            destination = destination[count..];
        }
    }

    /// <summary>Decodes rows.</summary>
    /// <param name="first">The first, at the beginning of an integer.</param>
    /// <param name="table">Scales and zeros of these rows, [G, rows].</param>
    /// <param name="destination">[rows, I].</param>
    protected abstract void Decode(int first, (float Scale, int Zero)[] table, Span<float> destination);

    /// <summary>The zero that eight outputs' integer says for one of them.</summary>
    protected abstract int Zero(int word, int output);

    /// <summary>Integers of a tensor of codes.</summary>
    protected static void ReadWords(TensorView view, long start, Span<int> words) => view.ReadBytes(start * sizeof(int), MemoryMarshal.AsBytes(words));

    private void ReadRows(int first, int rows, Span<float> destination)
    {
        var table = new (float, int)[Groups * rows];
        Span<float> scales = stackalloc float[rows];
        Span<int> words = stackalloc int[rows / Codes];
        for (int group = 0; group < Groups; group++)
        {
            _scales.ReadFloats(((long)group * Outputs) + first, scales);
            ReadWords(_zeros, ((long)group * Outputs / Codes) + (first / Codes), words);
            for (int row = 0; row < rows; row++)
                table[(group * rows) + row] = (scales[row], Zero(words[row / Codes], row % Codes));
        }
        Decode(first, table, destination);
    }
}

/// <summary>The tensors of a packed layer.</summary>
/// <param name="Weights">Codes.</param>
/// <param name="Zeros">Zeros, [G, O/8].</param>
/// <param name="Scales">[G, O].</param>
/// <param name="GroupOfInput">The group of each input, where the file says it; null where so many inputs follow each other.</param>
internal sealed record PackedParts(TensorView Weights, TensorView Zeros, TensorView Scales, TensorView? GroupOfInput);

/// <summary>GPTQ's layout (AutoGPTQ, <c>qlinear_cuda.py</c>): codes [I/8, O], an integer holds eight inputs, the first in its lowest bits.</summary>
internal sealed class GptqLinear : PackedLinear
{
    private readonly int[] _groups;
    private readonly int _zeroOffset;

    /// <param name="parts">The layer's tensors.</param>
    /// <param name="outputs">O.</param>
    /// <param name="groups">The group of each input.</param>
    /// <param name="zeroOffset">1 where the file has zeros one too small, as the first format did; else 0.</param>
    public GptqLinear(PackedParts parts, int outputs, int[] groups, int zeroOffset)
        : base(parts, outputs, groups.Length) => (_groups, _zeroOffset) = (groups, zeroOffset);

    /// <summary>A zero of 0 was written as 15, so that adding one begins anew.</summary>
    protected override int Zero(int word, int output) => ((word >> (4 * output) & 15) + _zeroOffset) & 15;

    protected override void Decode(int first, (float Scale, int Zero)[] table, Span<float> destination)
    {
        int rows = destination.Length / Inputs;
        Span<int> words = stackalloc int[rows];
        for (int eight = 0; eight < Inputs / Codes; eight++)
        {
            ReadWords(Weights, ((long)eight * Outputs) + first, words);
            for (int input = eight * Codes; input < (eight + 1) * Codes; input++)
                for (int row = 0; row < rows; row++)
                {
                    (float scale, int zero) = table[(_groups[input] * rows) + row];
                    destination[(row * Inputs) + input] = scale * ((words[row] >> (4 * (input % Codes)) & 15) - zero);
                }
        }
    }
}

/// <summary>
/// AWQ's layout (AutoAWQ, <c>gemm</c>): codes [I, O/8], an integer holds eight outputs, from its lowest bits on the first, third, fifth, seventh, then the
/// second, fourth, sixth and eighth.
/// </summary>
internal sealed class AwqLinear(PackedParts parts, int outputs, int inputs, int groupSize) : PackedLinear(parts, outputs, inputs)
{
    /// <summary>Where an output's four bits are.</summary>
    private static readonly ImmutableArray<int> Places = [0, 4, 1, 5, 2, 6, 3, 7];

    protected override int Zero(int word, int output) => Code(word, output);

    protected override void Decode(int first, (float Scale, int Zero)[] table, Span<float> destination)
    {
        int rows = destination.Length / Inputs;
        Span<int> words = stackalloc int[rows / Codes];
        for (int input = 0; input < Inputs; input++)
        {
            ReadWords(Weights, ((long)input * Outputs / Codes) + (first / Codes), words);
            int group = input / groupSize * rows;
            for (int row = 0; row < rows; row++)
                destination[(row * Inputs) + input] = table[group + row].Scale * (Code(words[row / Codes], row % Codes) - table[group + row].Zero);
        }
    }

    private static int Code(int word, int output) => word >> (4 * Places[output]) & 15;
}
