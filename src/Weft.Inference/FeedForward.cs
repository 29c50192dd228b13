using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, F inner size.

/// <summary>The position-wise part of a block.</summary>
internal abstract unsafe class FeedForward
{
    /// <exception cref="NotSupportedException">The engine does not know this feed-forward part or its nonlinearity.</exception>
    public static FeedForward Of(FeedForwardSpec spec, WeightStore store, string prefix) => spec switch
    {
        FeedForwardSpec.Dense or FeedForwardSpec.Gated => new Expert(spec.Activation, spec is FeedForwardSpec.Gated, spec.Bias, store, prefix),
        FeedForwardSpec.MixtureOfExperts mixture => new MixtureOfExperts(mixture, store, prefix),
        _ => throw new NotSupportedException($"feed-forward part {spec.GetType().Name} is unknown to the engine"),
    };

    /// <summary>The output may be the input.</summary>
    public abstract bool ReadsBeforeItWrites { get; }

    /// <summary>Computes rows of hidden states.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="space">Holds what lies between the projections.</param>
    /// <param name="rows">Which, and where the result goes.</param>
    public abstract void Forward(Team team, Workspace space, in Rows rows);

    /// <summary>Rows to compute.</summary>
    /// <param name="Input">[T, D].</param>
    /// <param name="Output">[T, D]; the input only where <see cref="ReadsBeforeItWrites"/> says so.</param>
    /// <param name="Count">T.</param>
    /// <param name="Accumulate">The result is added to what the output holds.</param>
    public readonly record struct Rows(nint Input, nint Output, int Count, bool Accumulate);
}

/// <summary>Two projections with a nonlinearity between (Vaswani et al. 2017), or three with a gate (Shazeer 2020, arXiv:2002.05202).</summary>
internal sealed unsafe class Expert : FeedForward
{
    private readonly delegate*<float*, float*, float*, int, void> _activation;
    private readonly Linear? _gate;
    private readonly Linear _up, _down;

    /// <exception cref="NotSupportedException">The engine does not know this nonlinearity.</exception>
    public Expert(Activation activation, bool gated, bool bias, WeightStore store, string prefix)
    {
        _activation = ActivationKernel.Of(activation);
        _gate = gated ? new(store, prefix + "gate", bias) : null;
        _up = new(store, prefix + "up", bias);
        _down = new(store, prefix + "down", bias);
    }

    public override bool ReadsBeforeItWrites => true;

    public override void Forward(Team team, Workspace space, in Rows rows)
    {
        float* input = (float*)rows.Input, output = (float*)rows.Output;
        if (_gate is null)
            MatMul.Execute(team, input, rows.Count, _up.Inputs, [_up.Into(space.Up)]);
        else
            MatMul.Execute(team, input, rows.Count, _up.Inputs, [_gate.Into(space.Gate), _up.Into(space.Up)]);
        var work = new ActivationWork
        {
            Input = _gate is null ? space.Up : space.Gate,
            Factor = _gate is null ? null : space.Up,
            Output = space.Up,
            Activation = _activation,
            Size = _down.Inputs,
            Rows = rows.Count,
        };
        team.Run(ref work, work.Items);
        MatMul.Execute(team, space.Up, rows.Count, _down.Inputs, [rows.Accumulate ? _down.AddedTo(output) : _down.Into(output)]);
    }
}
