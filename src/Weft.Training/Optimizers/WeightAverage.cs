using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>
/// Keeps the moving average of a model's weights beside them, in fp32. <see cref="SwapIn"/> puts it into the model for an evaluation or an
/// export, and the weights back afterwards, each to the bit.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly WeightAverageOptions _options;
    private readonly IReadOnlyList<TrainableParameter> _parameters;
    private readonly Tensor[] _weights;
    private readonly Tensor[] _averages;
    private int _updates;
    private bool _isSwapped;

    /// <param name="parameters">What is averaged; their present values are the first average.</param>
    /// <param name="options">How.</param>
    public WeightAverage(IReadOnlyList<TrainableParameter> parameters, WeightAverageOptions options)
    {
        (_parameters, _options) = (parameters, options);
        using var _ = no_grad();
        _weights = [.. parameters.Select(parameter => (Tensor)parameter.Tensor)];
        _averages = [.. _weights.Select(weight => weight.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>What a checkpoint keeps beside the number of updates.</summary>
    /// <exception cref="InvalidOperationException">The average is in the model.</exception>
    public IEnumerable<(string Name, Tensor Value)> State
    {
        get
        {
            RequireOutside();
            return _parameters.Select((parameter, i) => (parameter.Name, _averages[i]));
        }
    }

    /// <summary>Moves the average towards the present weights; after each step of the optimizer.</summary>
    /// <exception cref="InvalidOperationException">The average is in the model.</exception>
    public void Update()
    {
        RequireOutside();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double decay = _options.WarmsUp ? Math.Min(_options.Decay, (1.0 + _updates) / (10.0 + _updates)) : _options.Decay;
        UpdateFunctions.Run("average", _averages, _weights, 1 - decay);
        _updates++;
    }

    /// <summary>Tells how many updates the loaded state has seen.</summary>
    public void SetStep(int step) => _updates = step;

    /// <summary>Puts the average into the model until the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">It is there already.</exception>
    public IDisposable SwapIn()
    {
        RequireOutside();
        Exchange();
        return new Swap(this);
    }

    public void Dispose()
    {
        foreach (Tensor average in _averages)
            average.Dispose();
    }

    /// <summary>One parameter at a time, so that no more than one is held twice.</summary>
    private void Exchange()
    {
        using var _ = no_grad();
        for (int i = 0; i < _weights.Length; i++)
        {
            using var scope = NewDisposeScope();
            Tensor weight = _weights[i].detach().clone();
            _weights[i].copy_(_averages[i]);
            _averages[i].copy_(weight);
        }
        _isSwapped = !_isSwapped;
    }

    private void RequireOutside()
    {
        if (_isSwapped)
            throw new InvalidOperationException("the average of the weights is in the model; dispose what SwapIn returned first");
    }

    private sealed class Swap(WeightAverage average) : IDisposable
    {
        private bool _isDisposed;

        public void Dispose()
        {
            if (!_isDisposed)
                average.Exchange();
            _isDisposed = true;
        }
    }
}
