using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>Parameters that one call updates alike, and what an optimizer keeps for each of them in tensors of its shape.</summary>
internal sealed class ParameterGroup : IDisposable
{
    private readonly TrainableParameter[] _owners;
    private readonly string[] _names;
    private readonly Tensor[][] _kept;

    /// <param name="owners">The parameters.</param>
    /// <param name="decay">Their weight decay.</param>
    /// <param name="names">Of what is kept for each, at first zeros.</param>
    public ParameterGroup(IEnumerable<TrainableParameter> owners, double decay, params string[] names)
    {
        _owners = [.. owners];
        _names = names;
        Decay = decay;
        Values = [.. _owners.Select(owner => (Tensor)owner.Tensor)];
        _kept = [.. names.Select(_ => Values.Select(value => zeros(value.shape, ScalarType.Float32, value.device).DetachFromDisposeScope()).ToArray())];
    }

    /// <summary>Of all parameters of the group.</summary>
    public double Decay { get; }

    /// <summary>The parameters.</summary>
    public Tensor[] Values { get; }

    /// <summary>What is kept under the name with this index.</summary>
    public Tensor[] this[int kept] => _kept[kept];

    /// <summary>Of this step, in the order of <see cref="Values"/>; they belong to the dispose scope around the call.</summary>
    public Tensor[] Gradients => [.. _owners.Select(owner => owner.Gradient())];

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, Tensor Value)> State =>
        _owners.SelectMany((owner, i) => _names.Select((name, kept) => ($"{owner.Name}.{name}", _kept[kept][i])));

    /// <summary>The number of an update, from 1, once a parameter, as the fused kernels want it.</summary>
    public Tensor[] Counters(int step)
    {
        Tensor counter = tensor((float)step, device: Values[0].device);
        return [.. Enumerable.Repeat(counter, Values.Length)];
    }

    /// <summary>The parameters by their decay, which is a number of the call.</summary>
    public static ParameterGroup[] ByDecay(IEnumerable<TrainableParameter> parameters, OptimizerOptions options, params string[] names) =>
        [.. parameters.GroupBy(options.DecayOf).OrderByDescending(group => group.Key).Select(group => new ParameterGroup(group, group.Key, names))];

    public void Dispose()
    {
        foreach (Tensor tensor in _kept.SelectMany(tensors => tensors))
            tensor.Dispose();
    }
}
