namespace Weft.Model.Spec;

internal static class SpecCheck
{
    public static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"{name} is {value}; it must be at least 1");
    }
}
