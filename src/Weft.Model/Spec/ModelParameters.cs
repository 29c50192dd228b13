using System.Collections.Immutable;
using System.Globalization;

namespace Weft.Model.Spec;

// D hidden, V vocabulary, H heads, S head size.

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
    /// <summary>Token embedding, [V, D].</summary>
    public const string TokenEmbedding = "embedding.tokens.weight";

    /// <summary>Learned position embedding, [offset + positions, D], after the stack's prefix.</summary>
    public const string PositionEmbedding = "embedding.positions.weight";

    /// <summary>BERT's segments, [token types, D], after the stack's prefix.</summary>
    public const string TokenTypeEmbedding = "embedding.token_types.weight";

    /// <summary>Prefix of the normalisation of the embedding, after the stack's prefix.</summary>
    public const string EmbeddingNorm = "embedding.norm";

    /// <summary>Relative buckets, [buckets, H], after the stack's prefix.</summary>
    public const string RelativeBias = "relative_bias.weight";

    /// <summary>Prefix of the normalisation after the last block, after the stack's prefix.</summary>
    public const string FinalNorm = "final_norm";

    /// <summary>Prefix of the head.</summary>
    public const string Head = "head";

    /// <summary>Prefix of all that belongs to the encoder; the decoder's has none.</summary>
    public const string Encoder = "encoder.";

    /// <summary>Prefix of block <paramref name="index"/> of the decoder: <c>blocks.N.</c></summary>
    public static string Block(int index) => Block("", index);

    /// <summary>Prefix of block <paramref name="index"/> of a stack.</summary>
    /// <param name="stack">The stack's prefix.</param>
    /// <param name="index">From 0.</param>
    public static string Block(string stack, int index) => string.Create(CultureInfo.InvariantCulture, $"{stack}blocks.{index}.");

    /// <summary>Prefix of expert <paramref name="index"/>, after that of the feed-forward part.</summary>
    public static string Expert(int index) => string.Create(CultureInfo.InvariantCulture, $"experts.{index}.");

    /// <summary>Every parameter of <paramref name="spec"/>, each once; a tied head has none of its own.</summary>
    public static IEnumerable<ParameterSpec> Enumerate(ModelSpec spec) => List(spec, withBlocks: true);

    /// <summary>
    /// Elements of all parameters, without listing what repeats: a few bytes of a file may claim more blocks and experts than there is
    /// memory for the names of.
    /// </summary>
    internal static Int128 Count(ModelSpec spec)
    {
        Int128 count = Sum(List(spec, withBlocks: false));
        Dictionary<BlockSpec, Int128> counts = [];
        foreach (BlockSpec block in (IEnumerable<BlockSpec>)[.. spec.Encoder?.Blocks ?? [], .. spec.Decoder?.Blocks ?? []])
        {
            if (!counts.TryGetValue(block, out Int128 ofBlock))
                counts[block] = ofBlock = Count(block, spec.HiddenSize);
            count += ofBlock;
        }
        return count;
    }

    private static Int128 Count(BlockSpec block, int d)
    {
        if (block.FeedForward is not FeedForwardSpec.MixtureOfExperts { Router: var router } mixture)
            return Sum(OfBlock("", block, d));
        Int128 With(int experts) => Sum(OfBlock("", block with { FeedForward = mixture with { Router = router with { Experts = experts } } }, d));
        // Every expert adds what the second adds to the first.
        Int128 one = With(1);
        return one + ((router.Experts - 1) * (With(2) - one));
    }

    private static Int128 Sum(IEnumerable<ParameterSpec> parameters) => parameters.Aggregate(Int128.Zero, (sum, parameter) => sum + parameter.Count);

    private static IEnumerable<ParameterSpec> List(ModelSpec spec, bool withBlocks)
    {
        yield return new(TokenEmbedding, [spec.VocabularySize, spec.HiddenSize], "embedding");
        foreach (ParameterSpec parameter in OfStack(Encoder, spec.Encoder, spec.Embedding, withBlocks))
            yield return parameter;
        foreach (ParameterSpec parameter in OfStack("", spec.Decoder, spec.Embedding, withBlocks))
            yield return parameter;
        foreach (ParameterSpec parameter in OfHead(spec))
            yield return parameter;
    }

    private static IEnumerable<ParameterSpec> OfStack(string prefix, StackSpec? stack, EmbeddingSpec embedding, bool withBlocks)
    {
        if (stack is null)
            yield break;
        int d = embedding.HiddenSize;
        if (embedding.Position is PositionSpec.Learned learned)
            yield return new(prefix + PositionEmbedding, [(long)learned.Offset + learned.Count, d], "embedding");
        if (embedding.TokenTypes > 0)
            yield return new(prefix + TokenTypeEmbedding, [embedding.TokenTypes, d], "embedding");
        foreach (ParameterSpec parameter in OfNorm(prefix + EmbeddingNorm, embedding.Norm, d))
            yield return parameter;
        if (stack.BucketedAttention is { Position: PositionSpec.Buckets buckets } attention)
            yield return new(prefix + RelativeBias, [buckets.Count, attention.Heads], "attention");
        for (int i = 0; withBlocks && i < stack.Blocks.Length; i++)
            foreach (ParameterSpec parameter in OfBlock(Block(prefix, i), stack.Blocks[i], d))
                yield return parameter;
        foreach (ParameterSpec parameter in OfNorm(prefix + FinalNorm, stack.FinalNorm, d))
            yield return parameter;
    }

    private static IEnumerable<ParameterSpec> OfBlock(string prefix, BlockSpec block, int d)
    {
        bool sandwich = block.Placement == NormPlacement.Sandwich;
        // One after the other: a few bytes of a config may ask for thousands of experts, and the first that has no tensor ends the reading.
        IEnumerable<ParameterSpec> Part(string name, NormSpec norm, IEnumerable<ParameterSpec> inner) =>
            OfNorm($"{prefix}{name}_norm", norm, d).Concat(inner).Concat(OfNorm($"{prefix}{name}_output_norm", sandwich ? norm : null, d));
        return Part("attention", block.AttentionNorm, OfAttention($"{prefix}attention.", block.Attention, d))
            .Concat(block.CrossAttention is { } cross ? Part("cross_attention", cross.Norm, OfAttention($"{prefix}cross_attention.", cross.Attention, d)) : [])
            .Concat(Part("feed_forward", block.FeedForwardNorm, OfFeedForward($"{prefix}feed_forward.", block.FeedForward, d)));
    }

    private static IEnumerable<ParameterSpec> OfAttention(string prefix, AttentionSpec attention, int d)
    {
        const string Part = "attention";
        bool input = attention.HasInputBias;
        return
        [
            .. OfLinear(prefix + "query", attention.QuerySize, d, input, Part),
            .. OfLinear(prefix + "key", attention.KeyValueSize, d, input, Part),
            .. OfLinear(prefix + "value", attention.KeyValueSize, d, input, Part),
            .. OfNorm(prefix + "query_norm", attention.QueryKeyNorm, attention.HeadSize),
            .. OfNorm(prefix + "key_norm", attention.QueryKeyNorm, attention.HeadSize),
            .. attention.Sinks is AttentionSinks.Learned ? [new ParameterSpec(prefix + "sinks.weight", [attention.Heads], Part)] : Array.Empty<ParameterSpec>(),
            .. attention.Position is PositionSpec.Shaw shaw ? OfShaw(prefix, shaw, attention.HeadSize) : [],
            .. OfLinear(prefix + "output", d, attention.QuerySize, attention.HasOutputBias, Part),
        ];
    }

    private static IEnumerable<ParameterSpec> OfShaw(string prefix, PositionSpec.Shaw shaw, int headSize)
    {
        yield return new(prefix + "relative_keys.weight", [shaw.Rows, headSize], "attention");
        if (shaw.Values)
            yield return new(prefix + "relative_values.weight", [shaw.Rows, headSize], "attention");
    }

    private static IEnumerable<ParameterSpec> OfFeedForward(string prefix, FeedForwardSpec feedForward, int d)
    {
        const string Part = "feed-forward";
        IEnumerable<ParameterSpec> Gated(string name, int inner, bool bias) =>
            [.. OfLinear(name + "gate", inner, d, bias, Part), .. Dense(name, inner, bias)];
        IEnumerable<ParameterSpec> Dense(string name, int inner, bool bias) =>
            [.. OfLinear(name + "up", inner, d, bias, Part), .. OfLinear(name + "down", d, inner, bias, Part)];
        return feedForward switch
        {
            FeedForwardSpec.Dense => Dense(prefix, feedForward.InnerSize, feedForward.Bias),
            FeedForwardSpec.Gated => Gated(prefix, feedForward.InnerSize, feedForward.Bias),
            FeedForwardSpec.MixtureOfExperts mixture =>
                Enumerable.Range(0, mixture.Router.Experts).SelectMany(e => Gated(prefix + Expert(e), mixture.InnerSize, mixture.Bias))
                    .Prepend(new(prefix + "router.weight", [mixture.Router.Experts, d], Part))
                    .Concat(mixture.Shared is { } shared ? Gated(prefix + "shared.", shared.InnerSize, mixture.Bias) : [])
                    .Concat(mixture.Shared is { Gated: true } ? [new ParameterSpec(prefix + "shared_gate.weight", [1, d], Part)] : []),
            _ => throw new NotSupportedException($"feed-forward {feedForward.GetType().Name} has no parameter list"),
        };
    }

    private static IEnumerable<ParameterSpec> OfHead(ModelSpec spec)
    {
        const string Part = "head";
        int d = spec.HiddenSize, v = spec.VocabularySize;
        IEnumerable<ParameterSpec> Transform(bool there) => there ? OfLinear($"{Head}.transform", d, d, bias: true, Part) : [];
        IEnumerable<ParameterSpec> Projection(int outputs, bool tied, bool bias) =>
            OfLinear(Head, outputs, d, bias, Part).Where(parameter => !tied || parameter.Shape.Length == 1);
        return spec.Head switch
        {
            HeadSpec.LanguageModel head => Projection(v, head.TiedEmbedding, head.Bias),
            HeadSpec.MaskedLanguageModel head => [.. Transform(true), .. OfNorm($"{Head}.norm", head.Norm, d), .. Projection(v, head.TiedEmbedding, bias: true)],
            HeadSpec.SequenceClassification head => [.. Transform(head.Transform is not null), .. Projection(head.Labels, tied: false, head.Bias)],
            HeadSpec.TokenClassification head => Projection(head.Labels, tied: false, bias: true),
            HeadSpec.Spans => Projection(2, tied: false, bias: true),
            HeadSpec.PooledEmbedding head => Transform(head.Transform is not null),
            _ => throw new NotSupportedException($"head {spec.Head.GetType().Name} has no parameter list"),
        };
    }

    private static IEnumerable<ParameterSpec> OfLinear(string prefix, int output, int input, bool bias, string part)
    {
        yield return new($"{prefix}.weight", [output, input], part);
        if (bias)
            yield return new($"{prefix}.bias", [output], part);
    }

    private static IEnumerable<ParameterSpec> OfNorm(string prefix, NormSpec? norm, int d)
    {
        if (norm is null)
            yield break;
        yield return new($"{prefix}.weight", [d], "norm");
        if (norm is NormSpec.LayerNorm { Bias: true })
            yield return new($"{prefix}.bias", [d], "norm");
    }
}
