using System.Collections.Frozen;
using System.Numerics;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Attributes and methods of numbers.</summary>
internal static class NumberMethods
{
    private static readonly FrozenDictionary<string, Routine> OfIntegers = new Routine[]
    {
        new("bit_length", "", call => new IntValue((int)BigInteger.Abs(Numbers.ToInteger(call.Self)).GetBitLength())),
        new("bit_count", "", call => new IntValue(BigInteger.Abs(Numbers.ToInteger(call.Self)).ToByteArray().Sum(unit => BitOperations.PopCount(unit)))),
        new("conjugate", "", call => new IntValue(Numbers.ToInteger(call.Self))),
    }.ToFrozenDictionary(routine => routine.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Routine> OfFloats = new Routine[]
    {
        new("is_integer", "", call => BoolValue.Of(double.IsInteger(((FloatValue)call.Self).Number))),
        new("conjugate", "", call => call.Self),
    }.ToFrozenDictionary(routine => routine.Name, StringComparer.Ordinal);

    /// <summary>An attribute, or null.</summary>
    public static Value? Find(Value number, string name)
    {
        if ((number is FloatValue ? OfFloats : OfIntegers).GetValueOrDefault(name) is { } method)
            return new RoutineValue(method, number);
        return (number, name) switch
        {
            (FloatValue, "real") => number,
            (FloatValue, "imag") => new FloatValue(0),
            (not FloatValue, "real" or "numerator") => new IntValue(Numbers.ToInteger(number)),
            (not FloatValue, "imag") => new IntValue(0),
            (not FloatValue, "denominator") => new IntValue(1),
            _ => null,
        };
    }
}
