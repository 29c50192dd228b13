using System.Runtime.Intrinsics;
using Weft.Inference.Kernels.Assembled;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Sums of a tile to the output that they are for.</summary>
internal static unsafe class TileFinish
{
    /// <summary>Aims a kernel at the output, if it can write there all that it computes, or else at memory of its own.</summary>
    /// <param name="projection">Whose tile it is.</param>
    /// <param name="place">Where the tile lies in the output.</param>
    /// <param name="width">Outputs that the kernel computes, of which the last may not be there.</param>
    /// <param name="scratch">[rows, width].</param>
    /// <param name="tile">Receives where sums go.</param>
    /// <returns>Whether <see cref="Execute"/> is still to be done.</returns>
    public static bool Aim(in Projection projection, Place place, int width, float* scratch, ref TileArguments tile)
    {
        if (place.Outputs < width || place.Output + width > projection.Outputs)
        {
            tile.Sums = scratch;
            tile.SumStep = width * sizeof(float);
            tile.Accumulates = 0;
            tile.Bias = null;
            return true;
        }
        tile.Sums = projection.Output + ((nint)place.Token * projection.Outputs) + place.Output;
        tile.SumStep = (long)projection.Outputs * sizeof(float);
        tile.Accumulates = projection.Accumulate ? 1 : 0;
        tile.Bias = projection.Bias == null ? null : projection.Bias + place.Output;
        return false;
    }

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

    /// <summary>What assembled kernels end with: adds the bias to sums, and writes them or adds them to what is there.</summary>
    /// <param name="sums">[rows, width].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Whole vectors of 16.</param>
    /// <param name="tile">Says where to.</param>
    public static void Write(float* sums, int rows, int width, in TileArguments tile)
    {
        byte* output = (byte*)tile.Sums;
        for (int row = 0; row < rows; row++, output += tile.SumStep)
            for (int i = 0; i < width; i += Vector512<float>.Count)
            {
                Vector512<float> value = Vector512.Load(sums + (row * width) + i);
                if (tile.Bias != null)
                    value += Vector512.Load(tile.Bias + i);
                if (tile.Accumulates != 0)
                    value = Vector512.Load((float*)output + i) + value;
                value.Store((float*)output + i);
            }
    }

    /// <summary>Rows and outputs of a tile.</summary>
    internal readonly record struct Place(int Token, int Rows, int Output, int Outputs);
}
