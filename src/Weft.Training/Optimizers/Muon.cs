using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>
/// Muon over the hidden matrices, AdamW over the rest. Projections whose rows are one tensor here are made orthogonal each by itself.
/// </summary>
internal sealed class Muon : IOptimizer
{
    private readonly MuonOptions _options;
    private readonly ParameterPart[] _matrices;
    private readonly Tensor[] _values;
    private readonly Tensor[] _momenta;
    private readonly AdamW? _others;

    public Muon(IReadOnlyList<TrainableParameter> parameters, MuonOptions options)
    {
        _options = options with { Precision = options.Precision.Resolve(parameters[0].Tensor.device.type == TorchSharp.DeviceType.CUDA) };
        ILookup<bool, TrainableParameter> byKind = parameters.ToLookup(ParameterKinds.IsHiddenMatrix);
        _matrices = ParameterPart.Of(byKind[true]);
        _values = [.. _matrices.Select(matrix => matrix.Value)];
        _momenta = [.. _matrices.Select(matrix => zeros(matrix.Spec.Shape.AsSpan().ToArray(), device: matrix.Value.device).DetachFromDisposeScope())];
        _others = byKind[false].Any()
            ? new([.. byKind[false]], options.Others with { WeightDecay = options.WeightDecay, DecaysEmbeddings = options.DecaysEmbeddings })
            : null;
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _matrices.Select((matrix, i) => ($"{matrix.Spec.Name}.momentum", _momenta[i])).Concat(_others?.State ?? []);

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (_matrices.Length > 0)
            UpdateFunctions.Run("muon", _values, _matrices.Select(matrix => matrix.Gradient).ToArray(), _momenta, learningRate, _options.Momentum,
                _options.WeightDecay, _options.Nesterov ? 1L : 0L, (long)_options.Iterations, (long)_options.Precision.ToScalarType(),
                _options.Scale == MuonScale.LikeAdamW ? 1L : 0L);
        _others?.Step(learningRate * _options.OthersRate);
    }

    /// <inheritdoc/>
    public void SetStep(int step) => _others?.SetStep(step);

    public void Dispose()
    {
        foreach (IDisposable owned in (IEnumerable<IDisposable>)[.. _matrices, .. _momenta])
            owned.Dispose();
        _others?.Dispose();
    }
}
