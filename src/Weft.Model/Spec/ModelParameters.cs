using System.Collections.Immutable;

namespace Weft.Model.Spec;

/// <summary>One trained tensor of a model.</summary>
/// <param name="Name">Weft's own name, the same for every architecture, such as <c>blocks.0.attention.query.weight</c>.</param>
/// <param name="Shape">Rows first; a projection is [output, input].</param>
/// <param name="Part">The part of the model it belongs to, for reports: embedding, attention, feed-forward, norm, head.</param>
public sealed record ParameterSpec(string Name, ImmutableArray<long> Shape, string Part)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Equal in name, shape and part; immutable arrays by themselves compare as references.</summary>
    public bool Equals(ParameterSpec? other) =>
        other is not null && Name == other.Name && Part == other.Part && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Part, Count);
}

/// <summary>Lists the trained tensors that a specification asks for, in the order of the forward pass.</summary>
public static class ModelParameters
{
    /// <summary>Token embedding, [vocabulary, hidden].</summary>
    public const string TokenEmbedding = "embedding.tokens.weight";

    /// <summary>Learned position embedding, [positions, hidden].</summary>
    public const string PositionEmbedding = "embedding.positions.weight";

    /// <summary>Prefix of the normalisation after the last block.</summary>
    public const string FinalNorm = "final_norm";

    /// <summary>Prefix of the vocabulary projection, where it is not the token embedding.</summary>
    public const string Head = "head";

    /// <summary>Prefix of block <paramref name="index"/>: <c>blocks.N.</c></summary>
    public static string Block(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"blocks.{index}.");

    /// <summary>Every parameter of <paramref name="spec"/>, each once; a tied head has none of its own.</summary>
    public static IEnumerable<ParameterSpec> Enumerate(ModelSpec spec)
    {
        int d = spec.HiddenSize;
        yield return new(TokenEmbedding, [spec.VocabularySize, d], "embedding");
        if (spec.Embedding.Position is PositionSpec.Learned learned)
            yield return new(PositionEmbedding, [learned.Count, d], "embedding");
        for (int i = 0; i < spec.Decoder.Blocks.Length; i++)
            foreach (ParameterSpec parameter in OfBlock(Block(i), spec.Decoder.Blocks[i], d))
                yield return parameter;
        foreach (ParameterSpec parameter in OfNorm(FinalNorm, spec.Decoder.FinalNorm, d))
            yield return parameter;
        if (spec.Head is HeadSpec.LanguageModel { TiedEmbedding: false })
            yield return new($"{Head}.weight", [spec.VocabularySize, d], "head");
    }

    private static IEnumerable<ParameterSpec> OfBlock(string prefix, BlockSpec block, int d)
    {
        AttentionSpec attention = block.Attention;
        (string Name, int Output, int Input)[] projections =
        [
            ("query", attention.QuerySize, d), ("key", attention.KeyValueSize, d),
            ("value", attention.KeyValueSize, d), ("output", d, attention.QuerySize),
        ];
        FeedForwardSpec feedForward = block.FeedForward;
        IEnumerable<ParameterSpec> gate = feedForward switch
        {
            FeedForwardSpec.Gated => OfLinear(prefix + "feed_forward.gate", feedForward.InnerSize, d, feedForward.Bias, "feed-forward"),
            FeedForwardSpec.Dense => [],
            _ => throw new NotSupportedException($"feed-forward {feedForward.GetType().Name} has no parameter list"),
        };
        return OfNorm(prefix + "attention_norm", block.AttentionNorm, d)
            .Concat(projections.SelectMany(p =>
                OfLinear($"{prefix}attention.{p.Name}", p.Output, p.Input, p.Name == "output" ? attention.HasOutputBias : attention.HasInputBias, "attention")))
            .Concat(OfNorm(prefix + "feed_forward_norm", block.FeedForwardNorm, d))
            .Concat(gate)
            .Concat(OfLinear(prefix + "feed_forward.up", feedForward.InnerSize, d, feedForward.Bias, "feed-forward"))
            .Concat(OfLinear(prefix + "feed_forward.down", d, feedForward.InnerSize, feedForward.Bias, "feed-forward"));
    }

    private static IEnumerable<ParameterSpec> OfLinear(string prefix, int output, int input, bool bias, string part)
    {
        yield return new($"{prefix}.weight", [output, input], part);
        if (bias)
            yield return new($"{prefix}.bias", [output], part);
    }

    private static IEnumerable<ParameterSpec> OfNorm(string prefix, NormSpec norm, int d)
    {
        yield return new($"{prefix}.weight", [d], "norm");
        if (norm is NormSpec.LayerNorm { Bias: true })
            yield return new($"{prefix}.bias", [d], "norm");
    }
}
