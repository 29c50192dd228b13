using System.Numerics.Tensors;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Sums of a tile to the output that they are for.</summary>
internal static unsafe class TileFinish
{
    /// <summary>Adds the bias, and what the output holds where it is added to, and leaves outputs away that the matrix does not have.</summary>
    /// <param name="projection">Whose tile it is.</param>
    /// <param name="sums">[rows, step].</param>
    /// <param name="step">Floats from a row of sums to the next.</param>
    /// <param name="place">Where the tile lies in the output.</param>
    public static void Execute(in Projection projection, float* sums, int step, Place place)
    {
        int outputs = Math.Min(place.Outputs, projection.Outputs - place.Output);
        for (int row = 0; row < place.Rows; row++, sums += step)
        {
            var values = new Span<float>(sums, outputs);
            var output = new Span<float>(projection.Output + (((nint)(place.Token + row) * projection.Outputs) + place.Output), outputs);
            if (projection.Bias != null)
                TensorPrimitives.Add(values, new ReadOnlySpan<float>(projection.Bias + place.Output, outputs), values);
            if (projection.Accumulate)
                TensorPrimitives.Add(output, values, output);
            else
                values.CopyTo(output);
        }
    }

    /// <summary>Rows and outputs of a tile.</summary>
    internal readonly record struct Place(int Token, int Rows, int Output, int Outputs);
}
