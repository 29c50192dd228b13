using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, S head size.

/// <summary>
/// The angles of one kind of rotary position. Kept as frequencies, since the cosines of the few positions at hand cost less than a
/// table for the whole context.
/// </summary>
/// <param name="spec">Its base and scaling.</param>
/// <param name="headSize">S.</param>
internal sealed unsafe class RotaryAngles(PositionSpec.Rotary spec, int headSize)
{
    private readonly RotaryFrequencies _frequencies = RotaryFrequencies.Of(spec, headSize, 0);

    /// <summary>Base and scaling of the wavelengths.</summary>
    public PositionSpec.Rotary Spec => spec;

    /// <summary>S.</summary>
    public int HeadSize => headSize;

    /// <summary>Cosines and sines of T positions from <paramref name="start"/>, [T, S/2] each.</summary>
    public void Fill(int start, int tokens, float* cosine, float* sine)
    {
        double factor = _frequencies.AttentionFactor;
        for (int t = 0; t < tokens; t++)
        {
            foreach (double frequency in _frequencies.Inverse)
            {
                (double sin, double cos) = Math.SinCos((start + t) * frequency);
                *cosine++ = (float)(cos * factor);
                *sine++ = (float)(sin * factor);
            }
        }
    }
}
