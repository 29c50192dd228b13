using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, I inputs.

/// <summary>
/// Rows [T, I] as they lie in memory, or what becomes of such rows by a norm or a nonlinearity. Products round their inputs anyway, so what is between need not
/// be written: it goes from the rows, through a buffer of a few of them, to the form that the product reads.
/// </summary>
internal unsafe struct RowSource
{
    private readonly float* _gain, _bias;
    private readonly float _epsilon;
    private readonly bool _isCentered;
    private readonly delegate*<float*, float*, float*, int, void> _activation;
    private float* _x, _factor;

    /// <summary>Rows as they lie.</summary>
    /// <param name="x">[T, I].</param>
    /// <param name="size">I.</param>
    public RowSource(float* x, int size)
    {
        _x = x;
        Size = size;
    }

    /// <summary>Normalised rows.</summary>
    /// <param name="x">[T, I].</param>
    /// <param name="norm">How.</param>
    public RowSource(float* x, Norm norm)
        : this(x, norm.Size)
    {
        _gain = norm.Gain;
        _bias = norm.Bias;
        _epsilon = norm.Epsilon;
        _isCentered = norm.IsCentered;
    }

    /// <summary>A nonlinearity of rows, multiplied by other rows where they are given.</summary>
    /// <param name="x">[T, I].</param>
    /// <param name="factor">[T, I], or null for factors of one.</param>
    /// <param name="activation">See <see cref="ActivationKernel.Of"/>.</param>
    /// <param name="size">I.</param>
    public RowSource(float* x, float* factor, delegate*<float*, float*, float*, int, void> activation, int size)
        : this(x, size)
    {
        _factor = factor;
        _activation = activation;
    }

    /// <summary>I.</summary>
    public readonly int Size { get; }

    /// <summary>The rows themselves, or null where they are yet to be computed.</summary>
    public readonly float* Rows => _gain == null && _activation == null ? _x : null;

    /// <summary>The rows from <paramref name="first"/> on.</summary>
    public readonly RowSource From(int first)
    {
        RowSource moved = this;
        moved._x += (nint)first * Size;
        if (_factor != null)
            moved._factor += (nint)first * Size;
        return moved;
    }

    /// <summary>Computes rows; they may be written where they, or their factors, are read.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives [count, I].</param>
    /// <param name="step">Numbers from a row of the destination to the next.</param>
    public readonly void Compute(int first, int count, float* destination, int step)
    {
        for (int row = first; row < first + count; row++, destination += step)
        {
            float* x = _x + ((nint)row * Size);
            if (_activation != null)
                _activation(x, _factor == null ? null : _factor + ((nint)row * Size), destination, Size);
            else if (_gain == null)
                new ReadOnlySpan<float>(x, Size).CopyTo(new(destination, Size));
            else if (_isCentered)
                LayerNorm.Execute(x, _gain, _bias, _epsilon, destination, Size);
            else
                RmsNorm.Execute(x, _gain, _epsilon, destination, Size);
        }
    }

    /// <summary>Computes all rows.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="output">Receives [T, I]; may be where the rows, or their factors, are.</param>
    /// <param name="tokens">T.</param>
    /// <param name="step">Numbers from a row of the output to the next; 0 for I.</param>
    public readonly void WriteTo(Team team, float* output, int tokens, int step = 0)
    {
        var work = new Work { Source = this, Output = output, Tokens = tokens, Step = step == 0 ? Size : step };
        team.Run(ref work, (tokens + Work.RowsPerItem - 1) / Work.RowsPerItem);
    }

    private struct Work : IWork
    {
        public const int RowsPerItem = 8;

        public RowSource Source;
        public float* Output;
        public int Tokens, Step;

        public readonly void Run(int item)
        {
            int first = item * RowsPerItem;
            Source.Compute(first, Math.Min(RowsPerItem, Tokens - first), Output + ((nint)first * Step), Step);
        }
    }
}
