using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>
/// Rows of a parameter that are a parameter by themselves, such as the queries' of those of queries, keys and values: what looks at a matrix
/// as a whole has to see each alone.
/// </summary>
internal sealed class ParameterPart : IDisposable
{
    private readonly TrainableParameter _owner;
    private readonly long _first;

    private ParameterPart(TrainableParameter owner, ParameterSpec spec, long first)
    {
        (_owner, Spec, _first) = (owner, spec, first);
        Value = Rows(owner.Tensor.detach()).DetachFromDisposeScope();
    }

    /// <summary>Whose rows.</summary>
    public ParameterSpec Spec { get; }

    /// <summary>Has rows and columns.</summary>
    public bool IsMatrix => Spec.Shape.Length == 2;

    /// <summary>A view of the master tensor.</summary>
    public Tensor Value { get; }

    /// <summary>A view of the owner's gradient; it belongs to the dispose scope around the call.</summary>
    public Tensor Gradient => Rows(_owner.Gradient());

    /// <summary>All parts, in order.</summary>
    public static ParameterPart[] Of(IEnumerable<TrainableParameter> parameters)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return [.. parameters.SelectMany(Split)];
    }

    public void Dispose() => Value.Dispose();

    private static IEnumerable<ParameterPart> Split(TrainableParameter parameter)
    {
        long first = 0;
        foreach (ParameterSpec spec in parameter.Parts)
        {
            yield return new(parameter, spec, first);
            first += spec.Shape[0];
        }
    }

    private Tensor Rows(Tensor whole) => whole.narrow(0, _first, Spec.Shape[0]);
}
