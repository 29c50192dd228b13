using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;

namespace Weft.Cli.Benchmarking;

/// <summary>How a made-up model keeps its weights.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Type">The type of nearly all weights.</param>
/// <param name="FileType"><c>general.file_type</c>, llama.cpp's number of the format.</param>
internal sealed record SyntheticFormat(string Name, ElementType Type, int FileType)
{
    /// <summary>All of them.</summary>
    public static readonly SyntheticFormat[] All =
    [
        new("f32", ElementType.F32, 0),
        new("f16", ElementType.F16, 1),
        new("bf16", ElementType.BF16, 32),
        new("q8_0", ElementType.Q8_0, 7),
        new("q4_0", ElementType.Q4_0, 2),
        new("q4_1", ElementType.Q4_1, 3),
        new("q5_0", ElementType.Q5_0, 8),
        new("q5_1", ElementType.Q5_1, 9),
        new("q2_k", ElementType.Q2_K, 10),
        new("q3_k", ElementType.Q3_K, 11),
        new("q4_k", ElementType.Q4_K, 14),
        new("q5_k", ElementType.Q5_K, 16),
        new("q6_k", ElementType.Q6_K, 18),
        new("q4_k_m", ElementType.Q4_K, 15) { IsMix = true },
    ];

    /// <summary>Some tensors have six bits, as llama.cpp's mix of this name has it.</summary>
    public bool IsMix { get; private init; }

    /// <summary>The type of a tensor. What is no projection and no token table stays F32, as llama.cpp wants it.</summary>
    public ElementType TypeOf(GgufTensorSlot slot, ModelSpec spec)
    {
        ParameterSpec first = slot.Parameters[0];
        if (!IsMatrix(first))
            return ElementType.F32;
        return IsMix && HasMoreBits(first.Name, spec) ? ElementType.Q6_K : Type;
    }

    private static bool IsMatrix(ParameterSpec parameter) => parameter.Shape.Length == 2
        && (parameter.Part is "attention" or "feed-forward" or ModelParameters.Head || parameter.Name == ModelParameters.TokenEmbedding)
        && !parameter.Name.Contains("relative_", StringComparison.Ordinal) && !parameter.Name.Contains("router", StringComparison.Ordinal);

    /// <summary>The output, and values and down projections of the first and last eighth of the blocks and every third between (llama.cpp, <c>src/llama-quant.cpp</c>).</summary>
    private static bool HasMoreBits(string name, ModelSpec spec)
    {
        if (name == $"{ModelParameters.Head}.weight" || (name == ModelParameters.TokenEmbedding && spec.Head.SharesEmbedding))
            return true;
        string stack = spec.Decoder is null ? ModelParameters.Encoder : "";
        int blocks = spec.Stack.Blocks.Length, eighth = blocks / 8;
        return Enumerable.Range(0, blocks)
            .Where(i => i < eighth || i >= 7 * blocks / 8 || (i - eighth) % 3 == 2)
            .Select(i => ModelParameters.Block(stack, i))
            .Any(block => name == $"{block}attention.value.weight" || name == $"{block}feed_forward.down.weight");
    }
}
