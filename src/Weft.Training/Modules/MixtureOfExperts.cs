using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Gated experts; each computes the tokens that chose it and no others. Legend: N tokens, D hidden, E experts, C chosen, M tokens of one expert.
/// </summary>
internal sealed class MixtureOfExperts : IFeedForward
{
    private readonly RouterSpec _router;
    private readonly Parameter _routerWeight;
    private readonly GatedFeedForward[] _experts;
    private readonly GatedFeedForward? _shared;
    private readonly Parameter? _sharedGate;

    public MixtureOfExperts(FeedForwardSpec.MixtureOfExperts spec, string prefix, ParameterFactory factory)
    {
        _router = spec.Router;
        _routerWeight = factory.Make($"{prefix}router.weight");
        // Experts are tensors of their own: as rows of one, each one's gradient would be as large as all of them.
        _experts = [.. Enumerable.Range(0, _router.Experts).Select(e =>
            new GatedFeedForward(spec.InnerSize, spec.Activation, prefix + ModelParameters.Expert(e), factory))];
        if (spec.Shared is { } shared)
            _shared = new(shared.InnerSize, spec.Activation, $"{prefix}shared.", factory);
        _sharedGate = factory.TryMake($"{prefix}shared_gate.weight");
    }

    /// <inheritdoc/>
    /// <remarks>Experts have no dropout of adapters: which tokens they read depends on how a batch is split.</remarks>
    public Tensor Forward(Tensor x, Routing? routing, Dropout? dropout)
    {
        Tensor flat = x.reshape(-1, x.shape[^1]); // [N, D]
        (Tensor chosen, Tensor weights) = Route(nn.functional.linear(flat, _routerWeight.to(x.dtype)).to(AttentionFunction.Wide(x)), routing);
        Tensor choices = chosen.reshape(-1); // [N·C]
        Tensor flatWeights = weights.reshape(-1, 1).to(x.dtype);
        Tensor sum = zeros_like(flat);
        for (int e = 0; e < _experts.Length; e++)
        {
            Tensor places = choices.Is(e).nonzero().squeeze(1); // [M]
            Tensor tokens = places.DividedBy(_router.Chosen);
            // Without tokens too: the optimizer wants a gradient of every parameter, and this gives zeros.
            Tensor output = _experts[e].Forward(flat.index_select(0, tokens)) * flatWeights.index_select(0, places);
            sum.AddRowsInPlace(tokens, output);
        }
        return (_shared is null ? sum : sum.Plus(Shared(flat))).view(x.shape);
    }

    private Tensor Shared(Tensor flat)
    {
        Tensor output = _shared!.Forward(flat);
        return _sharedGate is null ? output : output * nn.functional.linear(flat, _sharedGate.to(flat.dtype)).sigmoid();
    }

    /// <summary>Scores [N, E] to the chosen experts and their weights, [N, C] each.</summary>
    private (Tensor Chosen, Tensor Weights) Route(Tensor scores, Routing? routing)
    {
        // A stable sort, since topk leaves open which of equal scores comes first.
        (Tensor sorted, Tensor order) = scores.sort(-1, descending: true, stable: true);
        Tensor chosen = order.narrow(-1, 0, _router.Chosen);
        if (routing is not null)
        {
            scores = routing.Losses.Attach(scores, chosen, routing.Meaningful);
            sorted = scores.gather(-1, order);
        }
        return (chosen, _router switch
        {
            RouterSpec.SoftmaxBeforeChoice => scores.softmax(-1).gather(-1, chosen),
            RouterSpec.SoftmaxAfterChoice => sorted.narrow(-1, 0, _router.Chosen).softmax(-1),
            _ => throw new NotSupportedException($"router {_router.GetType().Name} has no torch module"),
        });
    }
}
