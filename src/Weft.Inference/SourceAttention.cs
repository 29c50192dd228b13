using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Model.Spec;

namespace Weft.Inference;

// H heads, C positions of a source.

/// <summary>
/// How the last token of each sequence of a call attends to its source: the probabilities of the last block's cross attention, averaged over its heads. A call that is given
/// none computes nothing for it; one that is given it computes the probabilities beside the attention itself, whose bits stay as they are.
/// </summary>
/// <param name="spec">Of an encoder-decoder.</param>
internal sealed class SourceAttention(ModelSpec spec)
{
    private readonly List<float[]> _rows = [];

    /// <summary>Index of the block.</summary>
    public int Layer { get; } = spec.Decoder!.Blocks.Length - 1;

    /// <summary>[C] of each sequence, in their order.</summary>
    public IReadOnlyList<float[]> Rows => _rows;

    /// <summary>Adds the row of the next sequence.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="plain">The sequence's queries and the keys of its source.</param>
    /// <param name="token">Which of the queries.</param>
    /// <param name="keys">C.</param>
    public unsafe void Add(Team team, in PlainAttention plain, int token, int keys)
    {
        float[] probabilities = new float[plain.Heads * keys], row = new float[keys];
        fixed (float* pointer = probabilities)
        {
            var work = new HeadWork { Plain = plain, Probabilities = pointer, Token = token, Keys = keys };
            team.Run(ref work, plain.Heads);
        }
        for (int c = 0; c < keys; c++)
        {
            double sum = 0;
            for (int h = 0; h < plain.Heads; h++)
                sum += probabilities[(h * keys) + c];
            row[c] = (float)(sum / plain.Heads);
        }
        _rows.Add(row);
    }

    /// <summary>An item is a head.</summary>
    private unsafe struct HeadWork : IWork
    {
        public PlainAttention Plain;

        /// <summary>[H, C].</summary>
        public float* Probabilities;

        public int Token, Keys;

        public readonly void Run(int item) => Plain.ComputeProbabilities(Token, item, new(Probabilities + ((nint)item * Keys), Keys));
    }
}
