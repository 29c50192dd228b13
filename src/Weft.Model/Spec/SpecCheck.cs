using System.Globalization;

namespace Weft.Model.Spec;

internal static class SpecCheck
{
    public static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"{name} is {value}; it must be at least 1");
    }

    public static void Finite(double value, double minimum, string name)
    {
        // Written so that NaN, which compares as neither, is refused too.
        if (!(value >= minimum && value < double.PositiveInfinity))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{name} is {value}; it must be a finite number of at least {minimum}"));
    }
}
