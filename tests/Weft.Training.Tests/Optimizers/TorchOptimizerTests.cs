using TorchSharp.Modules;

using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

/// <summary>The fused updates against torch's own optimizers, which compute operator by operator.</summary>
public class TorchOptimizerTests
{
    /// <summary>Some roundings of fp32 numbers below 1, over six steps.</summary>
    private const double Tolerance = 2e-6;

    private const double Rate = 0.05, Decay = 0.3;

    public static TheoryData<string, OptimizerOptions, Func<Parameter, double, optim.Optimizer>> Pairs() => new()
    {
        { "plain", new SgdOptions { Momentum = 0, WeightDecay = Decay }, (p, decay) => optim.SGD([p], Rate, weight_decay: decay) },
        { "momentum", new SgdOptions { WeightDecay = Decay }, (p, decay) => optim.SGD([p], Rate, momentum: 0.9, weight_decay: decay) },
        { "dampening", new SgdOptions { Momentum = 0.8, Dampening = 0.4 }, (p, _) => optim.SGD([p], Rate, momentum: 0.8, dampening: 0.4) },
        { "Nesterov", new SgdOptions { Nesterov = true, WeightDecay = Decay }, (p, decay) => optim.SGD([p], Rate, momentum: 0.9, weight_decay: decay, nesterov: true) },
        { "Adagrad", new AdagradOptions { WeightDecay = Decay, RateDecay = 0.2 }, (p, decay) => optim.Adagrad([p], Rate, lr_decay: 0.2, weight_decay: decay) },
        { "Adam", new AdamOptions { WeightDecay = Decay }, (p, decay) => optim.Adam([p], Rate, weight_decay: decay) },
        { "AdamW", new AdamWOptions { WeightDecay = Decay }, (p, decay) => optim.AdamW([p], Rate, beta2: 0.95, weight_decay: decay) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Six_updates_equal_those_of_torch(string name, OptimizerOptions options, Func<Parameter, double, optim.Optimizer> torchs)
    {
        using var scope = NewDisposeScope();
        using var parameters = new SampleParameters();
        using IOptimizer optimizer = options.Create(parameters.All);
        var twins = parameters.All.Select(p => new Parameter(p.Tensor.detach().clone(), requires_grad: true)).ToArray();
        // Torch's own decays everything that it is given: vectors get an optimizer without.
        var references = parameters.All.Select((p, i) => torchs(twins[i], p.Tensor.dim() > 1 ? options.WeightDecay : 0)).ToArray();
        for (int step = 0; step < 6; step++)
        {
            parameters.SetGradients(step);
            for (int i = 0; i < twins.Length; i++)
            {
                twins[i].grad = parameters.All[i].Tensor.grad!.clone();
                references[i].step();
            }
            optimizer.Step(Rate);
        }
        foreach ((TrainableParameter parameter, Parameter twin) in parameters.All.Zip(twins))
        {
            Assert.True((parameter.Tensor - twin).abs().max().item<float>() < Tolerance, $"{name}: {parameter.Name}");
            Assert.True((parameter.Tensor.grad! - twin.grad!).abs().max().item<float>() == 0, "gradients are left as they are");
        }
    }

    [Fact]
    public void Nesterov_without_momentum_is_refused() =>
        Assert.Contains("momentum above 0", Assert.Throws<ArgumentException>(() => new SgdOptions { Momentum = 0, Nesterov = true }.Create([])).Message, StringComparison.Ordinal);
}
