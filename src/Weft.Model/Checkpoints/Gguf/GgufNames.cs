using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>llama.cpp's names of tensors, alike for all families (<c>src/llama-arch.cpp</c>).</summary>
internal static class GgufNames
{
    /// <summary>Where a parameter lies in a file of a family.</summary>
    /// <exception cref="NotSupportedException">llama.cpp has no name for it.</exception>
    public static WeightLocation Locate(GgufLayout layout, ModelSpec spec, ParameterSpec parameter)
    {
        if (Architecture.SplitBlockName(parameter.Name) is not (var index, var part, var suffix))
            return new(parameter.Name switch
            {
                ModelParameters.TokenEmbedding => "token_embd.weight",
                ModelParameters.PositionEmbedding => "position_embd.weight",
                ModelParameters.FinalNorm + ".weight" => "output_norm.weight",
                ModelParameters.FinalNorm + ".bias" => "output_norm.bias",
                ModelParameters.Head + ".weight" => "output.weight",
                _ => throw NoName(parameter),
            });
        AttentionSpec attention = spec.Stack.Blocks[index].Attention;
        WeightLocation Named(string name) => new($"blk.{index}.{name}.{suffix}");
        WeightLocation Joined(long offset) => Named("attn_qkv") with { RowOffset = offset, TotalRows = attention.QuerySize + (2 * attention.KeyValueSize) };
        // Where a specification itself has its pairs side by side, nothing is to be done.
        int Interleaved(int heads) => layout.InterleavesPairs && attention.Position is PositionSpec.Rotary { Interleaved: false } ? heads : 0;
        return part switch
        {
            "attention_norm" => Named("attn_norm"),
            "attention.query" => layout.JoinsAttention ? Joined(0) : Named("attn_q") with { InterleavedHeads = Interleaved(attention.Heads) },
            "attention.key" => layout.JoinsAttention ? Joined(attention.QuerySize) : Named("attn_k") with { InterleavedHeads = Interleaved(attention.KeyValueHeads) },
            "attention.value" => layout.JoinsAttention ? Joined(attention.QuerySize + attention.KeyValueSize) : Named("attn_v"),
            "attention.output" => Named("attn_output"),
            "feed_forward_norm" => Named("ffn_norm"),
            "feed_forward.gate" => Named("ffn_gate"),
            "feed_forward.up" => Named("ffn_up"),
            "feed_forward.down" => Named("ffn_down"),
            _ => throw NoName(parameter),
        };
    }

    private static NotSupportedException NoName(ParameterSpec parameter) => new($"llama.cpp has no name for the parameter '{parameter.Name}'");
}
