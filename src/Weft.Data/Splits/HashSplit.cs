using System.Buffers;
using System.Text;

namespace Weft.Data;

/// <summary>
/// Assigns documents to splits by a hash of their text alone, so that neither the order of the files, nor the machine, nor
/// documents added later move a document from one split to another.
/// </summary>
public static class HashSplit
{
    /// <summary>
    /// The split of <paramref name="text"/>: with p = <see cref="Position"/>, validation for p in [0, v), test for p in [v, v +
    /// t), else training. Changing the test fraction therefore leaves the validation set as it was.
    /// </summary>
    /// <param name="text">The document's text.</param>
    /// <param name="validationFraction">v: expected share of validation documents, 0 to 1.</param>
    /// <param name="testFraction">t: expected share of test documents, 0 to 1; v + t at most 1.</param>
    /// <param name="seed">Another seed gives an independent split.</param>
    /// <exception cref="ArgumentOutOfRangeException">A fraction is not in [0, 1], or they add up to more than 1.</exception>
    public static DataSplit Of(string text, double validationFraction, double testFraction, ulong seed = 0)
    {
        CheckFractions(validationFraction, testFraction);
        double position = Position(text, seed);
        if (position < validationFraction)
            return DataSplit.Validation;
        return position < validationFraction + testFraction ? DataSplit.Test : DataSplit.Train;
    }

    /// <summary>The document's place in [0, 1): the upper 53 bits of XXH64 of its UTF-8 bytes, divided by 2^53.</summary>
    public static double Position(string text, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            int bytes = Encoding.UTF8.GetBytes(text, utf8);
            var hash = new XxHash64(seed);
            hash.Append(utf8.AsSpan(0, bytes));
            return (hash.Digest() >> 11) * (1.0 / (1UL << 53));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    internal static void CheckFractions(double validationFraction, double testFraction)
    {
        CheckFraction(validationFraction, nameof(validationFraction));
        CheckFraction(testFraction, nameof(testFraction));
        if (validationFraction + testFraction > 1)
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, FormattableString.Invariant(
                $"validation fraction {validationFraction} and test fraction {testFraction} exceed 1"));
    }

    private static void CheckFraction(double fraction, string name)
    {
        if (!(fraction is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, fraction, "a fraction lies between 0 and 1");
    }
}
