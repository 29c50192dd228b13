using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden.

/// <summary>Normalisation of hidden states, with its weights.</summary>
internal sealed unsafe class Norm
{
    private readonly NormSpec _spec;
    private readonly int _size;

    /// <exception cref="NotSupportedException">The engine does not know this normalisation.</exception>
    public Norm(NormSpec spec, WeightStore store, string prefix)
    {
        _spec = spec;
        Gain = spec is NormSpec.RmsNorm { UnitOffset: true } ? store.LoadPlusOne($"{prefix}.weight") : store.Load($"{prefix}.weight");
        _size = (int)store.Shape($"{prefix}.weight")[0];
        Bias = spec switch
        {
            NormSpec.LayerNorm norm => norm.Bias ? store.Load($"{prefix}.bias") : null,
            NormSpec.RmsNorm => null,
            _ => throw new NotSupportedException($"normalisation {spec.GetType().Name} is unknown to the engine"),
        };
    }

    /// <summary>[D].</summary>
    public float* Gain { get; }

    /// <summary>[D], or null.</summary>
    public float* Bias { get; }

    /// <summary>Normalises each of T rows of D; the output may be the input.</summary>
    public void Apply(Team team, float* x, float* output, int tokens)
    {
        var work = new Work
        {
            Input = x,
            Output = output,
            Gain = Gain,
            Bias = Bias,
            Epsilon = (float)_spec.Epsilon,
            Size = _size,
            Tokens = tokens,
            Centered = _spec is NormSpec.LayerNorm,
        };
        team.Run(ref work, (tokens + Work.RowsPerItem - 1) / Work.RowsPerItem);
    }

    private struct Work : IWork
    {
        public const int RowsPerItem = 16;

        public float* Input;
        public float* Output;
        public float* Gain;
        public float* Bias;
        public float Epsilon;
        public int Size;
        public int Tokens;
        public bool Centered;

        public readonly void Run(int item)
        {
            int end = Math.Min(Tokens, (item + 1) * RowsPerItem);
            for (int t = item * RowsPerItem; t < end; t++)
            {
                nint row = (nint)t * Size;
                if (Centered)
                    LayerNorm.Execute(Input + row, Gain, Bias, Epsilon, Output + row, Size);
                else
                    RmsNorm.Execute(Input + row, Gain, Epsilon, Output + row, Size);
            }
        }
    }
}
