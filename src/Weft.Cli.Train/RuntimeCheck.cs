using System.Globalization;
using Weft.Inference;

namespace Weft.Cli.Train;

/// <summary>Checks one runtime against the other: the engine must compute what torch has trained.</summary>
internal static class RuntimeCheck
{
    /// <summary>
    /// Largest difference of a logit in fp32. Different orders of summation stay far below; a wrong layout or constant does not.
    /// </summary>
    public const double Limit = 1e-3;

    /// <summary>Largest absolute difference of a logit.</summary>
    /// <param name="engine">The model as the engine has loaded it.</param>
    /// <param name="reference">Ids [T] and torch's logits [T, V].</param>
    /// <param name="source">What the encoder beside a decoder reads; else empty.</param>
    /// <exception cref="InvalidDataException">The runtimes disagree.</exception>
    public static double Compare(Transformer engine, (int[] Ids, float[] Logits) reference, int[] source)
    {
        float[] logits = new float[reference.Logits.Length];
        engine.ComputeOutputs(new(reference.Ids) { SourceIds = source }, logits);
        double largest = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double difference = Math.Abs((double)logits[i] - reference.Logits[i]);
            // Written so that NaN counts as a difference.
            if (!(difference <= largest))
                largest = difference;
            if (!(difference <= Limit))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                    $"the engine and torch disagree on the exported model: a logit at position {i / engine.Spec.VocabularySize} differs by {difference:G3}, more than {Limit:G1}; this is a bug in Weft, please report it"));
        }
        return largest;
    }
}
