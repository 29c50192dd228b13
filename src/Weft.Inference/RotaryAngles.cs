using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, S head size.

/// <summary>
/// The angles of one kind of rotary position. Kept as frequencies, since the cosines of the few positions at hand cost less than a
/// table for the whole context.
/// </summary>
/// <param name="spec">Its base.</param>
/// <param name="headSize">S.</param>
internal sealed unsafe class RotaryAngles(PositionSpec.Rotary spec, int headSize)
{
    // Radians a token, in double: at position 100,000 fp32 would leave two digits of the angle.
    private readonly double[] _frequencies =
        [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(spec.Theta, -2.0 * i / headSize))];

    /// <summary>The base of the wavelengths.</summary>
    public double Theta => spec.Theta;

    /// <summary>S.</summary>
    public int HeadSize => headSize;

    /// <summary>Cosines and sines of T positions from <paramref name="start"/>, [T, S/2] each.</summary>
    public void Fill(int start, int tokens, float* cosine, float* sine)
    {
        for (int t = 0; t < tokens; t++)
        {
            foreach (double frequency in _frequencies)
            {
                (double sin, double cos) = Math.SinCos((start + t) * frequency);
                *cosine++ = (float)cos;
                *sine++ = (float)sin;
            }
        }
    }
}
