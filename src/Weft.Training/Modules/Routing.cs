using Weft.Training.Kernels;

using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Weft.Training.Modules;

/// <summary>What is asked of the routers of a mixture of experts besides a good prediction.</summary>
/// <param name="Balance">
/// Times E·Σ fᵉ·Pᵉ of each block, where of E experts fᵉ is the share of the tokens that chose e and Pᵉ the mean probability of e: least where all are
/// chosen equally often (Fedus et al. 2021, arXiv:2101.03961, section 2.2; shares add up to the number of experts that a token chooses, as in Mixtral).
/// </param>
/// <param name="Z">Times the mean of log²Z of each block, Z the sum of the exponentiated scores of a token (Zoph et al. 2022, arXiv:2202.08906, section 3.2).</param>
internal sealed record RoutingCosts(double Balance, double Z)
{
    /// <summary>Something is asked.</summary>
    public bool Any => Balance > 0 || Z > 0;
}

/// <summary>
/// The costs of one pass. The shares of experts are those of the pass: no sum over passes gives those of the whole batch, so each pass has its own
/// cost, weighted by its targets; together they weigh one. Legend: N tokens, E experts, C chosen.
/// </summary>
/// <param name="costs">What is asked.</param>
/// <param name="targets">Targets of the pass.</param>
/// <param name="weight">Of one target.</param>
internal sealed class RoutingLosses(RoutingCosts costs, long targets, double weight)
{
    /// <summary>Costs of all blocks so far, times the targets of the pass.</summary>
    public double Sum { get; private set; }

    /// <summary>The scores themselves, [N, E] in fp32, whose gradient from now on includes that of the costs: it does not matter where else the graph leads.</summary>
    /// <param name="scores">Of a block's router.</param>
    /// <param name="chosen">Experts of each token, [N, C].</param>
    /// <param name="meaningful">False where a token is padding, [N]; null: none is.</param>
    public Tensor Attach(Tensor scores, Tensor chosen, Tensor? meaningful)
    {
        // Without gradients there is nothing to attach, and where a block is computed twice it counts once.
        if (!scores.requires_grad)
            return scores;
        Tensor gradient;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            (Tensor value, gradient) = Differentiate(scores.detach(), chosen, meaningful);
            Sum += targets * value.to(ScalarType.Float64).item<double>();
            gradient.TimesInPlace(targets * weight).MoveToOuterDisposeScope();
        }
        return AddedGradient.Apply(scores, gradient);
    }

    private (Tensor Value, Tensor Gradient) Differentiate(Tensor scores, Tensor chosen, Tensor? meaningful)
    {
        Tensor counted = (meaningful is null ? ones([scores.shape[0]], ScalarType.Bool, scores.device) : meaningful).to(scores.dtype).unsqueeze(1); // [N, 1]
        long experts = scores.shape[1];
        double tokens = Math.Max(1, counted.sum(ScalarType.Float64).item<double>());
        Tensor probabilities = scores.softmax(-1) * counted; // [N, E]
        Tensor shares = zeros([experts], scores.dtype, scores.device).AddRowsInPlace(chosen.reshape(-1), counted.expand(-1, chosen.shape[1]).reshape(-1)).Times(1 / tokens);
        Tensor normalizers = scores.logsumexp(-1, keepdim: true) * counted; // [N, 1]
        // Of E·Σ f·P: E/N·p·(f - Σ f·p). Of mean log²Z: 2/N·log Z·p.
        Tensor ofToken = probabilities.matmul(shares.unsqueeze(1)); // [N, 1]
        Tensor value = ofToken.sum().Times(costs.Balance * experts / tokens).Plus(normalizers.square().sum().Times(costs.Z / tokens));
        Tensor gradient = (probabilities * (shares - ofToken)).Times(costs.Balance * experts / tokens).Plus((probabilities * normalizers).Times(2 * costs.Z / tokens));
        return (value, gradient);
    }
}

/// <summary>What a block has to know to ask something of its router.</summary>
/// <param name="Losses">Of the pass.</param>
/// <param name="Meaningful">False where a token is padding, [N]; null: none is.</param>
internal sealed record Routing(RoutingLosses Losses, Tensor? Meaningful);

/// <summary>The identity, with something added to the gradient on its way back.</summary>
internal sealed class AddedGradient : SingleTensorFunction<AddedGradient>
{
    public override string Name => nameof(AddedGradient);

    public static Tensor Apply(Tensor x, Tensor gradient) => apply(x, gradient);

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[1]]);
        return ((Tensor)vars[0]).clone();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        // On other devices this runs on a thread of torch's own, with no scope around it.
        using var scope = NewDisposeScope();
        Tensor sum = grad_output.Plus(ctx.get_saved_variables()[0]);
        grad_output.Dispose();
        return [.. GivenGradients.Give(sum), null!];
    }
}
