using System.Globalization;

namespace Weft.Model.Spec;

internal static class SpecCheck
{
    public static void Positive(int value, string name) => AtLeast(value, 1, name);

    public static void NotNegative(int value, string name) => AtLeast(value, 0, name);

    public static void AtLeast(int value, int minimum, string name)
    {
        if (value < minimum)
            throw new ArgumentException($"{name} is {value}; it must be at least {minimum}");
    }

    public static void Finite(double value, double minimum, string name)
    {
        // Written so that NaN, which compares as neither, is refused too.
        if (!(value >= minimum && value < double.PositiveInfinity))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{name} is {value}; it must be a finite number of at least {minimum}"));
    }

    public static void Defined<T>(T value, string name)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw new ArgumentException($"{name} {value} is unknown; choose one of {string.Join(", ", Enum.GetNames<T>())}");
    }
}
