using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, F inner size.

/// <summary>The position-wise part of a block: dense (Vaswani et al. 2017) or gated (Shazeer 2020, arXiv:2002.05202).</summary>
internal sealed unsafe class FeedForward
{
    private readonly delegate*<float*, float*, float*, int, void> _activation;
    private readonly Linear? _gate;
    private readonly Linear _up, _down;

    /// <exception cref="NotSupportedException">The engine does not know this feed-forward part or its nonlinearity.</exception>
    public FeedForward(FeedForwardSpec spec, WeightStore store, int layer)
    {
        string prefix = $"{ModelParameters.Block(layer)}feed_forward.";
        _activation = ActivationKernel.Of(spec.Activation);
        _gate = spec switch
        {
            FeedForwardSpec.Gated => new(store, prefix + "gate", spec.Bias),
            FeedForwardSpec.Dense => null,
            _ => throw new NotSupportedException($"feed-forward part {spec.GetType().Name} is unknown to the engine"),
        };
        _up = new(store, prefix + "up", spec.Bias);
        _down = new(store, prefix + "down", spec.Bias);
    }

    /// <summary>Adds the part's output for the normalised states to the residual line.</summary>
    public void Forward(in SequencePiece piece)
    {
        Workspace space = piece.Workspace;
        if (_gate is null)
            MatMul.Execute(piece.Team, space.Normed, piece.Tokens, _up.Inputs, [_up.Into(space.Up)]);
        else
            MatMul.Execute(piece.Team, space.Normed, piece.Tokens, _up.Inputs, [_gate.Into(space.Gate), _up.Into(space.Up)]);
        var work = new Work
        {
            Input = _gate is null ? space.Up : space.Gate,
            Factor = _gate is null ? null : space.Up,
            Output = space.Up,
            Activation = _activation,
            InnerSize = _down.Inputs,
            Tokens = piece.Tokens,
        };
        piece.Team.Run(ref work, work.Items);
        MatMul.Execute(piece.Team, space.Up, piece.Tokens, _down.Inputs, [_down.AddedTo(space.Hidden)]);
    }

    private struct Work : IWork
    {
        private const int TokensPerItem = 4;

        public float* Input;
        public float* Factor;
        public float* Output;
        public delegate*<float*, float*, float*, int, void> Activation;
        public int InnerSize;
        public int Tokens;

        public readonly int Items => (Tokens + TokensPerItem - 1) / TokensPerItem;

        public readonly void Run(int item)
        {
            int end = Math.Min(Tokens, (item + 1) * TokensPerItem);
            for (int t = item * TokensPerItem; t < end; t++)
            {
                nint row = (nint)t * InnerSize;
                Activation(Input + row, Factor == null ? null : Factor + row, Output + row, InnerSize);
            }
        }
    }
}
