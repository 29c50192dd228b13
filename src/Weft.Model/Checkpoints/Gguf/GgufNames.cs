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
        WeightLocation location = Architecture.SplitBlockName(parameter.Name) is (var index, var part, var suffix)
            ? LocateInBlock(layout, spec, parameter, new($"blk.{index}.", index, part, suffix))
            : new(parameter.Name switch
            {
                ModelParameters.TokenEmbedding => "token_embd.weight",
                ModelParameters.PositionEmbedding => "position_embd.weight",
                ModelParameters.EmbeddingNorm + ".weight" => "token_embd_norm.weight",
                ModelParameters.EmbeddingNorm + ".bias" => "token_embd_norm.bias",
                ModelParameters.FinalNorm + ".weight" => "output_norm.weight",
                ModelParameters.FinalNorm + ".bias" => "output_norm.bias",
                ModelParameters.Head + ".weight" => "output.weight",
                _ => throw NoName(parameter),
            });
        return layout.Gemma is not null && parameter.Part == "norm" ? location with { AddsOne = true } : location;
    }

    private static WeightLocation LocateInBlock(GgufLayout layout, ModelSpec spec, ParameterSpec parameter, Place place)
    {
        BlockSpec block = spec.Stack.Blocks[place.Index];
        AttentionSpec attention = block.Attention;
        long inner = block.FeedForward.InnerSize;
        WeightLocation Named(string name) => new($"{place.Prefix}{name}.{place.Suffix}");
        WeightLocation OfAttention(string name, long offset, int heads) => layout.JoinsAttention
            ? Named("attn_qkv") with { RowOffset = offset, TotalRows = attention.QuerySize + (2 * attention.KeyValueSize) }
            // Where a specification itself has its pairs side by side, nothing is to be done.
            : Named(name) with { InterleavedHeads = layout.InterleavesPairs && attention.Position is PositionSpec.Rotary { Interleaved: false } ? heads : 0 };
        WeightLocation OfGate(string name, long offset) => layout.JoinsGate ? Named("ffn_up") with { RowOffset = offset, TotalRows = 2 * inner } : Named(name);
        if (ExpertsConfig.Split(place.Part) is { } expert)
            return LocateInExperts(block, parameter, expert, Named);
        return place.Part switch
        {
            "attention_norm" => Named("attn_norm"),
            "attention.query" => OfAttention("attn_q", 0, attention.Heads),
            "attention.key" => OfAttention("attn_k", attention.QuerySize, attention.KeyValueHeads),
            "attention.value" => OfAttention("attn_v", attention.QuerySize + attention.KeyValueSize, heads: 0),
            "attention.query_norm" => Named("attn_q_norm"),
            "attention.key_norm" => Named("attn_k_norm"),
            "attention.output" => Named("attn_output"),
            "attention_output_norm" => Named("post_attention_norm"),
            "feed_forward_norm" => Named("ffn_norm"),
            "feed_forward.gate" => OfGate("ffn_gate", 0),
            "feed_forward.up" => OfGate("ffn_up", inner),
            "feed_forward.down" => Named("ffn_down"),
            "feed_forward_output_norm" => Named("post_ffw_norm"),
            _ => throw NoName(parameter),
        };
    }

    /// <summary>A projection of all experts is one tensor.</summary>
    private static WeightLocation LocateInExperts(BlockSpec block, ParameterSpec parameter, (string Expert, string Projection) of, Func<string, WeightLocation> named)
    {
        if (of.Expert.Length == 0)
            return named("ffn_gate_inp");
        if (parameter.Shape.Length == 1)
            throw NoName(parameter);
        int experts = ((FeedForwardSpec.MixtureOfExperts)block.FeedForward).Router.Experts;
        int index = int.Parse(of.Expert.AsSpan(of.Expert.IndexOf('.', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture);
        return named($"ffn_{of.Projection}_exps") with { RowOffset = index * parameter.Shape[0], TotalRows = experts * parameter.Shape[0], Stacked = experts };
    }

    private static NotSupportedException NoName(ParameterSpec parameter) => new($"llama.cpp has no name for the parameter '{parameter.Name}'");

    /// <summary>A parameter's name in parts.</summary>
    private sealed record Place(string Prefix, int Index, string Part, string Suffix);
}
