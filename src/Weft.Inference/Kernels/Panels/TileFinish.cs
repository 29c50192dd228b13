using System.Runtime.Intrinsics;

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
        int outputs = Math.Min(place.Outputs, projection.Outputs - place.Output), whole = outputs & ~(Vector512<float>.Count - 1);
        float* output = projection.Output + ((nint)place.Token * projection.Outputs) + place.Output, bias = projection.Bias == null ? null : projection.Bias + place.Output;
        for (int row = 0; row < place.Rows; row++, sums += step, output += projection.Outputs)
        {
            for (int i = 0; i < whole; i += Vector512<float>.Count)
            {
                Vector512<float> value = Vector512.Load(sums + i);
                if (bias != null)
                    value += Vector512.Load(bias + i);
                if (projection.Accumulate)
                    value = Vector512.Load(output + i) + value;
                value.Store(output + i);
            }
            for (int i = whole; i < outputs; i++)
            {
                float value = bias == null ? sums[i] : sums[i] + bias[i];
                output[i] = projection.Accumulate ? output[i] + value : value;
            }
        }
    }

    /// <summary>Rows and outputs of a tile.</summary>
    internal readonly record struct Place(int Token, int Rows, int Output, int Outputs);
}
