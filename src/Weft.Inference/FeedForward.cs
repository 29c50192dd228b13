using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
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
    /// <param name="input">[T, D].</param>
    /// <param name="output">Where the result goes.</param>
    public abstract void Forward(Team team, Workspace space, in RowSource input, in Result output);

    /// <summary>Where the result goes.</summary>
    /// <param name="Rows">[T, D]; where the input is only as far as <see cref="ReadsBeforeItWrites"/> allows it.</param>
    /// <param name="Count">T.</param>
    /// <param name="Accumulate">The result is added to what is there.</param>
    public readonly record struct Result(nint Rows, int Count, bool Accumulate);
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

    public override void Forward(Team team, Workspace space, in RowSource input, in Result output)
    {
        if (output.Count > space.InnerTokens && team.Observer is null && _up.Arithmetic == Arithmetic.Codes && _gate?.Arithmetic is null or Arithmetic.Codes && _down.Arithmetic == Arithmetic.Codes)
        {
            ForwardByColumns(team, space, input, output);
            return;
        }
        for (int first = 0; first < output.Count; first += space.InnerTokens)
            ForwardTogether(team, space, input.From(first), output with
            {
                Rows = output.Rows + ((nint)first * _down.Outputs * sizeof(float)),
                Count = Math.Min(space.InnerTokens, output.Count - first),
            });
    }

    /// <summary>The inner part in turns of its columns: weights that are unpacked are so once for all tokens, and only codes are kept of all columns.</summary>
    private void ForwardByColumns(Team team, Workspace space, in RowSource input, in Result output)
    {
        int tokens = output.Count, tileRows = PanelWork.CodeTileRowsOf(tokens);
        byte* codes = team.Rows.ToCodes(team, input, tokens, tileRows);
        for (int first = 0, count; first < _down.Inputs; first += count)
        {
            count = Math.Min(Workspace.InnerColumns, _down.Inputs - first);
            Projection up = _up.Into(space.UpColumns).Part(first, count);
            if (_gate is null)
                MatMul.Execute(team, new(null, _up.Inputs), tokens, [up], codes);
            else
                MatMul.Execute(team, new(null, _up.Inputs), tokens, [_gate.Into(space.GateColumns).Part(first, count), up], codes);
            RowSource activated = _gate is null ? new(space.UpColumns, null, _activation, count) : new(space.GateColumns, space.UpColumns, _activation, count);
            RowBuffers.ToCodes(team, activated, tokens, new(first, _down.Inputs, tileRows), space.InnerCodes);
        }
        MatMul.Execute(team, new(null, _down.Inputs), tokens, [_down.Into((float*)output.Rows, output.Accumulate)], space.InnerCodes);
    }

    private void ForwardTogether(Team team, Workspace space, in RowSource input, in Result output)
    {
        if (_gate is null)
            MatMul.Execute(team, input, output.Count, [_up.Into(space.Up)]);
        else
            MatMul.Execute(team, input, output.Count, [_gate.Into(space.Gate), _up.Into(space.Up)]);
        RowSource activated = _gate is null ? new(space.Up, null, _activation, _down.Inputs) : new(space.Gate, space.Up, _activation, _down.Inputs);
        MatMul.Execute(team, activated, output.Count, [_down.Into((float*)output.Rows, output.Accumulate)]);
    }
}
