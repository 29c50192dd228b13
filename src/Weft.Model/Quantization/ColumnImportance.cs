namespace Weft.Model.Quantization;

// I inputs.

/// <summary>What the columns of one matrix were multiplied with over a text.</summary>
/// <param name="Squares">The sum of the squares of each input, [I].</param>
/// <param name="Rows">How many inputs were added up; 0 for an expert that no token reached.</param>
public sealed record ColumnImportance(float[] Squares, long Rows)
{
    /// <summary>Writes what an error in each column counts, [I]: the mean square, or 1 throughout where nothing was measured.</summary>
    internal void Write(Span<float> importance)
    {
        // As llama-quantize has it, which reads the number of rows as fp32.
        float rows = Rows;
        for (int i = 0; i < importance.Length; i++)
            importance[i] = Rows == 0 ? 1 : Squares[i] / rows;
    }
}
