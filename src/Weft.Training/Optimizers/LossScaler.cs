using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>How the scale of a loss moves.</summary>
public sealed record LossScalerOptions
{
    /// <summary>The first scale.</summary>
    public double Initial { get; init; } = 65536;

    /// <summary>Good steps after which the scale is doubled.</summary>
    public int GrowthInterval { get; init; } = 2000;
}

/// <summary>
/// Dynamic loss scaling for fp16, whose smallest number is 6e-8: gradients are computed of the loss times a scale, so that small ones do not
/// vanish (Micikevicius et al. 2017, arXiv:1710.03740). The scale is halved where a gradient overflows, and that step is skipped; it is doubled
/// after many good steps.
/// </summary>
internal sealed class LossScaler : IDisposable
{
    /// <summary>Powers of two throughout, so that scaling costs no bit. The smallest number of fp16 is 2^-24: beyond 2^24 little is left to save.</summary>
    private const double Least = 1, Most = 1 << 24;

    private readonly LossScalerOptions _options;
    private readonly Tensor _scale;
    private readonly Tensor _goodSteps;
    private readonly Tensor _skippedSteps;

    public LossScaler(LossScalerOptions options)
    {
        if (!double.IsPow2(options.Initial) || options.Initial is < Least or > Most)
            throw new ArgumentOutOfRangeException(nameof(options), options.Initial, $"the initial loss scale has to be a power of two from {Least} to {Most}");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.GrowthInterval, 1, nameof(options));
        _options = options;
        // Numbers of the loop, wherever the gradients are.
        _scale = tensor((float)options.Initial, device: CPU).DetachFromDisposeScope();
        _goodSteps = tensor(0f, device: CPU).DetachFromDisposeScope();
        _skippedSteps = tensor(0f, device: CPU).DetachFromDisposeScope();
    }

    /// <summary>The loss, or the weight of each target in it, is to be multiplied by this before the backward pass.</summary>
    public double Scale => _scale.item<float>();

    /// <summary>Steps without an update, which the optimizer's own count does not hold.</summary>
    public int SkippedSteps => (int)_skippedSteps.item<float>();

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => [("scale", _scale), ("good_steps", _goodSteps), ("skipped_steps", _skippedSteps)];

    /// <summary>
    /// Divides the gradients by the scale and moves the scale, once a step, after the last pass and before clipping.
    /// </summary>
    /// <returns>True where all gradients are numbers; else this step's update is to be skipped.</returns>
    /// <exception cref="InvalidOperationException">Gradients overflow at the smallest scale: they are no numbers whatever it is.</exception>
    public bool Unscale(IReadOnlyList<TrainableParameter> parameters)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor[] gradients = [.. parameters.Select(parameter => parameter.Gradient())];
        Tensor infinite = zeros(1, ScalarType.Float32, gradients[0].device);
        UpdateFunctions.Run("unscale", gradients, infinite, tensor((float)(1 / Scale), device: gradients[0].device));
        bool good = infinite.item<float>() == 0;
        Move(good);
        return good;
    }

    public void Dispose()
    {
        _scale.Dispose();
        _goodSteps.Dispose();
        _skippedSteps.Dispose();
    }

    private void Move(bool good)
    {
        double scale = Scale, goodSteps = good ? _goodSteps.item<float>() + 1 : 0;
        if (!good && scale <= Least)
            throw new InvalidOperationException("gradients are not finite at a loss scale of 1: the run diverged; lower the learning rate, or compute in bfloat16");
        if (!good)
            scale /= 2;
        else if (goodSteps >= _options.GrowthInterval)
            (scale, goodSteps) = (Math.Min(Most, scale * 2), 0);
        _scale.Fill(scale);
        _goodSteps.Fill(goodSteps);
        _skippedSteps.Fill(SkippedSteps + (good ? 0 : 1));
    }
}
