using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, S head size, R values of a head that are rotated.

/// <summary>
/// The angles of one kind of rotary position. Kept as frequencies, since the cosines of the few positions at hand cost less than a
/// table for the whole context.
/// </summary>
/// <param name="spec">Its base and scaling.</param>
/// <param name="headSize">S.</param>
internal sealed unsafe class RotaryAngles(PositionSpec.Rotary spec, int headSize)
{
    private RotaryFrequencies _frequencies = RotaryFrequencies.Of(spec, headSize, length: 1);
    private int _set;

    /// <summary>Base and scaling of the wavelengths.</summary>
    public PositionSpec.Rotary Spec => spec;

    /// <summary>S.</summary>
    public int HeadSize => headSize;

    /// <summary>R.</summary>
    public int RotatedSize { get; } = spec.RotatedOf(headSize);

    /// <summary>Which set of angles a sequence of so many tokens has: 0 up to the length from which on they depend on it.</summary>
    public int SetFor(int length) => length <= spec.Scaling.ConstantUpTo ? 0 : spec.Scaling is RotaryScaling.Dynamic ? length : 1;

    /// <summary>Cosines and sines of T positions from <paramref name="start"/>, [T, R/2] each, in a sequence of <paramref name="length"/>.</summary>
    public void Fill(int start, int tokens, int length, float* cosine, float* sine)
    {
        if (SetFor(length) != _set)
        {
            _frequencies = RotaryFrequencies.Of(spec, headSize, length);
            _set = SetFor(length);
        }
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
