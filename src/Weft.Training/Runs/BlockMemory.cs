using System.Runtime.Intrinsics;

using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

// N tokens of a pass, T tokens of a window, D hidden, H query heads, Q their width, K width of the keys, I inner, E bytes of a number.

/// <summary>What is computed at a time.</summary>
/// <param name="Windows">Rows.</param>
/// <param name="Context">T.</param>
/// <param name="Precision">Of the computation, resolved.</param>
internal readonly record struct PassShape(long Windows, long Context, Precision Precision)
{
    /// <summary>Bytes of a number in fp32, which sums and weights have.</summary>
    public const long Wide = sizeof(float);

    /// <summary>What is added to the residual line has a gradient of its own, not the line's.</summary>
    public bool DropsOut { get; init; }

    /// <summary>Gains of norms and relative biases have no gradient.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>N.</summary>
    public long Tokens => Windows * Context;

    /// <summary>E.</summary>
    public long Size => IsNarrow ? sizeof(ushort) : Wide;

    /// <summary>16 bits: weights and normalised states have a wide twin.</summary>
    public bool IsNarrow => Precision != Precision.Float32;

    /// <summary>Some tensors of so many numbers a token.</summary>
    public TensorBytes States(long width, long count = 1) => TensorBytes.Of(Tokens * width * Size, count);

    /// <summary>The same in fp32.</summary>
    public TensorBytes WideStates(long width, long count = 1) => TensorBytes.Of(Tokens * width * Wide, count);
}

/// <summary>
/// Bytes of one block in a pass, by what its operators keep for the backward pass: a projection its input, a product both factors, a nonlinearity its input, attention
/// queries, keys and values.
/// </summary>
internal sealed record BlockMemory
{
    /// <summary>Numbers of a block of scores in <see cref="Kernels.BlockedAttention"/>, of which products, weights and slopes are there at once.</summary>
    private const long ScoreBlock = 3 * (1 << 20);

    /// <summary>Queries beyond which keys' gradients are summed up in fp32 there.</summary>
    private const long NarrowQueries = 256;

    /// <summary>Kept from the forward pass to the backward pass, without the block's input and output.</summary>
    public required TensorBytes Kept { get; init; }

    /// <summary>There beside <see cref="Kept"/> until the forward pass leaves the block.</summary>
    public required TensorBytes Passing { get; init; }

    /// <summary>There beside <see cref="Kept"/> at the worst moment of the backward pass.</summary>
    public required TensorBytes Backward { get; init; }

    /// <summary>Narrow twins of the weights, kept as long.</summary>
    public required TensorBytes Copies { get; init; }

    /// <summary>Gradients of the weights, in fp32.</summary>
    public required TensorBytes Gradients { get; init; }

    /// <summary>Of a block in a pass.</summary>
    /// <param name="block">Which.</param>
    /// <param name="hidden">D.</param>
    /// <param name="parameters">Its trained tensors.</param>
    /// <param name="pass">What is computed.</param>
    /// <param name="source">What an encoder read, whose states cross attention sees; null without one.</param>
    public static BlockMemory Of(BlockSpec block, long hidden, IReadOnlyList<ParameterSpec> parameters, PassShape pass, PassShape? source = null)
    {
        (TensorBytes Kept, TensorBytes Passing, TensorBytes Backward) attention = OfAttention(block.Attention, hidden, pass);
        (TensorBytes Kept, TensorBytes Backward) feedForward = OfFeedForward(block.FeedForward, hidden, pass);
        TensorBytes norms = OfNorm(block.AttentionNorm, hidden, pass) + OfNorm(block.FeedForwardNorm, hidden, pass);
        bool keepsInput = KeepsInput(block.FeedForwardNorm, pass);
        if (block.Placement == NormPlacement.Sandwich)
            norms += 2 * (OfNorm(block.FeedForwardNorm, hidden, pass) + (keepsInput ? pass.States(hidden) : default));
        // What stands between attention and the feed-forward part is its norm's input.
        TensorBytes line = block.Placement == NormPlacement.Parallel ? default : pass.States(hidden);
        // The gradient of attention begins when the feed-forward part's states are gone.
        TensorBytes backward = TensorBytes.Max(feedForward.Backward, attention.Backward - feedForward.Kept);
        if (block.CrossAttention is { } crossing && source is { } read)
        {
            (TensorBytes Kept, TensorBytes Passing, TensorBytes Backward) cross = OfCross(crossing.Attention, hidden, pass, read);
            norms += OfNorm(crossing.Norm, hidden, pass) + (KeepsInput(crossing.Norm, pass) ? line : default) + cross.Kept;
            attention.Passing += cross.Passing;
            backward = TensorBytes.Max(backward, cross.Backward - feedForward.Kept);
        }
        if (pass.DropsOut)
            backward += pass.States(hidden);
        if (pass.IsNarrow)
            backward += TensorBytes.Of(parameters.Max(parameter => (long?)parameter.Count).GetValueOrDefault() * pass.Size);
        if (IsBlocked(block.Attention, pass))
            backward += TensorBytes.Of(ScoreBlock * pass.Size);
        return new()
        {
            Kept = norms + (keepsInput ? line : default) + attention.Kept + feedForward.Kept,
            // What either part adds to the residual line.
            Passing = attention.Passing + (keepsInput ? default : line) + pass.States(hidden, 2),
            Backward = backward,
            Copies = pass.IsNarrow ? TensorBytes.Sum(parameters.Select(parameter => TensorBytes.Of(parameter.Count * pass.Size))) : default,
            Gradients = TensorBytes.Sum(parameters.Select(parameter => TensorBytes.Of(parameter.Count * PassShape.Wide))),
        };
    }

    /// <summary>What a norm keeps besides its input: its output, and what is inside.</summary>
    public static TensorBytes OfNorm(NormSpec norm, long width, PassShape pass) => pass.States(width) + Inside(norm, width, pass);

    /// <summary>A norm keeps its input as it is. Root-mean-square norms of narrow states keep a wide copy instead.</summary>
    public static bool KeepsInput(NormSpec norm, PassShape pass) => norm is NormSpec.LayerNorm || !pass.IsNarrow;

    /// <summary>What attention gives is kept by itself, not only by the projection that reads it: by torch's fused kernel.</summary>
    public static bool KeepsMixed(AttentionSpec spec, PassShape pass) => !AttentionFunction.NeedsScores(spec) && !IsBlocked(spec, pass);

    private static TensorBytes Inside(NormSpec norm, long width, PassShape pass) => norm switch
    {
        // Mean and deviation.
        NormSpec.LayerNorm => pass.WideStates(1, 2),
        // The normalised states before their gains, and the wide copy; one over the root.
        _ => pass.WideStates(width, (pass.IsNarrow ? 2 : 1) - (pass.IsFrozen ? 1 : 0)) + pass.WideStates(1),
    };

    /// <summary>Products of narrow states by a kernel of our own, which has queries, keys and values each in one piece.</summary>
    private static bool IsBlocked(AttentionSpec spec, PassShape pass) =>
        pass.Precision == Precision.BFloat16 && Vector512.IsHardwareAccelerated && !AttentionFunction.NeedsScores(spec) && spec.Position is not PositionSpec.Buckets;

    private static (TensorBytes Kept, TensorBytes Passing, TensorBytes Backward) OfAttention(AttentionSpec spec, long hidden, PassShape pass)
    {
        long query = spec.QuerySize, key = spec.KeyValueSize;
        bool shares = spec.KeyValueHeads != spec.Heads, turns = spec.Position is PositionSpec.Rotary;
        TensorBytes projected = pass.States(query + (2 * key)), turned = turns ? pass.States(query + key) : default;
        TensorBytes whole = pass.States(query, 3), mixed = pass.States(query);
        TensorBytes norm = spec.QueryKeyNorm is { } norms ? Inside(norms, query + key, pass) + pass.States(query + key) : default;
        // Gradients of queries, keys, values and of what they were before they turned and were split.
        TensorBytes backward = pass.States(hidden) + mixed + whole + (2 * turned) + projected;
        if (AttentionFunction.NeedsScores(spec))
        {
            (TensorBytes scores, TensorBytes passing) = OfScores(spec, pass);
            return (whole + mixed + norm + scores, projected + (2 * turned) + mixed + passing, backward + (3 * scores));
        }
        if (spec.Position is PositionSpec.Buckets)
        {
            // A bias whose last dimension does not lie together: torch's own path, which keeps the weights, and queries and keys with their share of the scale.
            TensorBytes scores = pass.States(spec.Heads * pass.Context);
            return (projected + pass.States(query, 2) + mixed + scores, 2 * scores, backward + (3 * scores));
        }
        if (IsBlocked(spec, pass))
        {
            TensorBytes sums = pass.Context > NarrowQueries ? pass.WideStates(query, 2) : default;
            return (whole + mixed + norm, projected + (2 * turned) + mixed, backward + sums);
        }
        // Values are a part of what was projected, and so are queries and keys where they do not turn.
        bool keepsProjected = !shares || !turns || spec.QueryKeyNorm is not null;
        TensorBytes kept = (keepsProjected ? projected : default) + turned + (shares ? pass.States(query, 2) : default) + mixed + norm + pass.WideStates(spec.Heads);
        return (kept, turned + (keepsProjected ? default : projected), backward);
    }

    /// <summary>Of attention to an encoder's states.</summary>
    private static (TensorBytes Kept, TensorBytes Passing, TensorBytes Backward) OfCross(AttentionSpec spec, long hidden, PassShape pass, PassShape source)
    {
        TensorBytes query = pass.States(spec.QuerySize), both = source.States(2 * spec.KeyValueSize), mixed = pass.States(spec.QuerySize);
        TensorBytes whole = query + source.States(spec.QuerySize, 2);
        // Gradients of queries, keys and values, of what they were before they were split, and of the encoder's states.
        TensorBytes backward = pass.States(hidden) + source.States(hidden) + mixed + whole + query + both;
        return IsBlocked(spec, pass) ? (whole + mixed, query + both, backward) : (query + both + mixed + pass.WideStates(spec.Heads), default, backward);
    }

    /// <summary>Of scores that are all there at once.</summary>
    private static (TensorBytes Kept, TensorBytes Passing) OfScores(AttentionSpec spec, PassShape pass)
    {
        long pairs = spec.Heads * pass.Context;
        TensorBytes wide = pass.WideStates(pairs), narrow = pass.IsNarrow ? pass.States(pairs) : default;
        bool capped = spec.SoftCap is not null;
        return (wide + narrow + (capped ? wide : default), (2 * wide) + (2 * narrow) + (capped ? 2 * wide : default));
    }

    /// <summary>What is kept, the part's own input aside, and what comes to it at worst.</summary>
    private static (TensorBytes Kept, TensorBytes Backward) OfFeedForward(FeedForwardSpec spec, long hidden, PassShape pass)
    {
        TensorBytes inner = pass.States(spec.InnerSize), both = pass.States(2 * spec.InnerSize), line = pass.States(hidden, 2);
        switch (spec)
        {
            case FeedForwardSpec.Gated:
                // Gate and up, the gate's activation, and the product; of the product, first its gradient and then those of both factors.
                return (both + (2 * inner), (2 * inner) + line);
            case FeedForwardSpec.MixtureOfExperts { Router: var router } mixture:
                TensorBytes shared = mixture.Shared is { } one ? pass.States(one.InnerSize, 4) : default;
                // Each of the experts of a token has its copy of the state and its own output.
                return ((router.Chosen * (both + (2 * inner) + line)) + shared, (2 * router.Chosen * inner) + line);
            default:
                // Some keep what they give, which the next projection keeps as well, others what they were given.
                bool keepsOutput = spec.Activation is Activation.Relu or Activation.Tanh;
                return keepsOutput ? (inner, (2 * inner) + line) : (2 * inner, inner + line);
        }
    }
}
