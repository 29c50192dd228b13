using System.Numerics.Tensors;
using Weft.Inference.Kernels;
using Weft.Model.Quantization;

namespace Weft.Inference.Weights;

// T tokens, I inputs.

/// <summary>Adds up the squares of what the columns of each matrix are multiplied with.</summary>
internal sealed unsafe class InputSquares
{
    private readonly Dictionary<nint, Matrix> _matrices = [];
    private float[] _sums = [];

    /// <summary>Tells the name of a matrix.</summary>
    /// <param name="panels">Its packed weights, by which it is known.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="inputs">I.</param>
    public void Add(nint panels, string name, int inputs) => _matrices[panels] = new(name, new double[inputs]);

    /// <summary>Matrices are about to be multiplied with the same inputs.</summary>
    /// <param name="x">[T, I].</param>
    /// <param name="tokens">T.</param>
    /// <param name="inputs">I.</param>
    /// <param name="projections">The matrices.</param>
    public void Observe(float* x, int tokens, int inputs, ReadOnlySpan<Projection> projections)
    {
        if (_sums.Length < inputs)
            _sums = new float[inputs];
        Span<float> sums = _sums.AsSpan(0, inputs);
        sums.Clear();
        for (int t = 0; t < tokens; t++)
        {
            var row = new ReadOnlySpan<float>(x + ((nint)t * inputs), inputs);
            TensorPrimitives.MultiplyAdd(row, row, sums, sums);
        }
        foreach (ref readonly Projection projection in projections)
        {
            Matrix matrix = _matrices[(nint)projection.Panels];
            for (int i = 0; i < inputs; i++)
                matrix.Squares[i] += sums[i];
            matrix.Rows += tokens;
        }
    }

    /// <summary>What was added up, by the names of the matrices.</summary>
    /// <param name="wanted">Whether a matrix belongs to the result.</param>
    public Dictionary<string, ColumnImportance> Columns(Predicate<string> wanted) => _matrices.Values
        .Where(matrix => wanted(matrix.Name))
        .ToDictionary(matrix => matrix.Name, matrix => new ColumnImportance([.. matrix.Squares.Select(square => (float)square)], matrix.Rows));

    private sealed class Matrix(string name, double[] squares)
    {
        public string Name { get; } = name;

        public double[] Squares { get; } = squares;

        public long Rows { get; set; }
    }
}
