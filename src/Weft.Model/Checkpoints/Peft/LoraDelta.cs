using System.Numerics;
using System.Runtime.InteropServices;
using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Peft;

// R rank, I inputs, O outputs, V vocabulary, D hidden.

/// <summary>
/// One adapted module: what is added to its weight is scale · B·A (Hu et al. 2021, arXiv:2106.09685); with a magnitude each row of the sum is then brought to a
/// length of its own (DoRA, Liu et al. 2024, arXiv:2402.09353).
/// </summary>
/// <param name="Module">Its name in the model, without <c>.weight</c>.</param>
/// <param name="A">[R, I]; of an embedding [R, V].</param>
/// <param name="B">[O, R]; of an embedding [D, R].</param>
/// <param name="IsEmbedding">The weight is a table [V, D], to which the transpose of B·A is added.</param>
internal sealed record LoraModule(string Module, TensorView A, TensorView B, bool IsEmbedding)
{
    /// <summary>Lengths of the rows, [O]; null of plain LoRA.</summary>
    public TensorView? Magnitude { get; init; }
}

/// <summary>What an adapter makes of one parameter.</summary>
/// <param name="module">The tensor's adapter.</param>
/// <param name="scale">The factor of B·A.</param>
/// <param name="location">Which rows of the tensor, after undoing its transposition, the parameter has.</param>
internal sealed class LoraDelta(LoraModule module, float scale, WeightLocation location)
{
    /// <summary>Adds the parameter's rows of scale · B·A, and gives them their lengths.</summary>
    /// <param name="parameter">[rows, columns].</param>
    /// <param name="weights">Its elements.</param>
    public void Change(ParameterSpec parameter, Span<float> weights)
    {
        int rows = (int)parameter.Shape[0], columns = (int)parameter.Shape[1], rank = (int)module.A.Shape[0];
        float[] up = module.IsEmbedding ? Transposed(module.A) : Values(module.B), down = module.IsEmbedding ? Transposed(module.B) : Values(module.A);
        float[]? lengths = module.Magnitude is { } magnitude ? Values(magnitude) : null;
        float[] sum = new float[columns];
        for (int row = 0; row < rows; row++)
        {
            int stored = (int)location.StoredRow(row, rows);
            sum.AsSpan().Clear();
            for (int k = 0; k < rank; k++)
                AddScaled(sum, down.AsSpan(k * columns, columns), up[(stored * rank) + k]);
            AddScaled(weights.Slice(row * columns, columns), sum, scale);
            if (lengths is not null)
                Stretch(weights.Slice(row * columns, columns), lengths[stored]);
        }
    }

    /// <summary>Brings a row to a length; one of zeros has none and stays.</summary>
    private static void Stretch(Span<float> row, float length)
    {
        double squares = 0;
        foreach (float value in row)
            squares += (double)value * value;
        if (squares == 0)
            return;
        double factor = length / Math.Sqrt(squares);
        foreach (ref float value in row)
            value = (float)(value * factor);
    }

    private static void AddScaled(Span<float> sum, ReadOnlySpan<float> row, float factor)
    {
        Span<Vector<float>> sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
        for (int i = 0; i < sums.Length; i++)
            sums[i] += vectors[i] * factor;
        for (int i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += row[i] * factor;
    }

    private static float[] Values(TensorView view)
    {
        float[] values = new float[view.Count];
        view.ReadFloats(0, values);
        return values;
    }

    private static float[] Transposed(TensorView view)
    {
        int rows = (int)view.Shape[0], columns = (int)view.Shape[1];
        float[] values = Values(view), transposed = new float[values.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                transposed[(c * rows) + r] = values[(r * columns) + c];
        return transposed;
    }
}
