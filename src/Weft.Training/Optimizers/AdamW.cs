using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>AdamW over fp32 masters, by torch's fused kernel: one pass over memory for each parameter.</summary>
internal sealed class AdamW : IOptimizer
{
    private readonly AdamWOptions _options;
    private readonly Moments[] _moments;

    public AdamW(IReadOnlyList<TrainableParameter> parameters, AdamWOptions options)
    {
        _options = options;
        _moments = [.. parameters.Select(parameter => new Moments(parameter))];
    }

    /// <summary>The saved state: two tensors a parameter, shaped like it.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _moments.SelectMany(m => new[] { ($"{m.Owner.Name}.first_moment", m.First), ($"{m.Owner.Name}.second_moment", m.Second) });

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        using var _ = no_grad();
        Update(learningRate, decays: true, _options.WeightDecay);
        Update(learningRate, decays: false, 0);
    }

    /// <inheritdoc/>
    public void SetStep(int step)
    {
        using var _ = no_grad();
        foreach (Moments m in _moments)
            m.Steps.fill_((float)step);
    }

    public void Dispose()
    {
        foreach (Moments m in _moments)
            m.Dispose();
    }

    private void Update(double learningRate, bool decays, double decay)
    {
        Moments[] group = [.. _moments.Where(m => m.Owner.Decays == decays)];
        if (group.Length == 0)
            return;
        TorchFunctions.AdamW(new(
            [.. group.Select(m => (Tensor)m.Owner.Tensor)], [.. group.Select(m => m.Gradient)],
            [.. group.Select(m => m.First)], [.. group.Select(m => m.Second)], [.. group.Select(m => m.Steps)]), learningRate, _options, decay);
    }

    private sealed class Moments(TrainableParameter owner) : IDisposable
    {
        public TrainableParameter Owner => owner;

        public Tensor First { get; } = zeros(owner.Tensor.shape).DetachFromDisposeScope();

        public Tensor Second { get; } = zeros(owner.Tensor.shape).DetachFromDisposeScope();

        /// <summary>The fused kernel counts updates in a tensor of its own for each parameter.</summary>
        public Tensor Steps { get; } = zeros([]).DetachFromDisposeScope();

        public Tensor Gradient => owner.Tensor.grad ?? throw new InvalidOperationException($"parameter '{owner.Name}' has no gradient");

        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
            Steps.Dispose();
        }
    }
}
