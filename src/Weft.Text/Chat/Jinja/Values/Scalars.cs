using System.Numerics;

namespace Weft.Text.Chat.Jinja.Values;

/// <summary><c>True</c> and <c>False</c>; in sums they are 1 and 0.</summary>
internal sealed class BoolValue : Value
{
    private BoolValue(bool isTrue) => IsTrue = isTrue;

    public static BoolValue True { get; } = new(true);

    public static BoolValue False { get; } = new(false);

    public override string TypeName => "bool";

    public override bool IsTrue { get; }

    public static BoolValue Of(bool value) => value ? True : False;
}

/// <summary>A whole number of any size.</summary>
internal sealed class IntValue(BigInteger number) : Value
{
    public BigInteger Number => number;

    public override string TypeName => "int";

    public override bool IsTrue => !number.IsZero;
}

/// <summary>A floating-point number.</summary>
internal sealed class FloatValue(double number) : Value
{
    public double Number => number;

    public override string TypeName => "float";

    public override bool IsTrue => number != 0;
}

/// <summary>A text; positions in it count code points.</summary>
/// <param name="text">The text itself.</param>
/// <param name="isMarkup">Whether it is HTML that needs no escaping, as the filters <c>safe</c> and <c>escape</c> leave it.</param>
internal sealed class TextValue(string text, bool isMarkup = false) : Value
{
    public static TextValue Empty { get; } = new("");

    public string Text => text;

    public bool IsMarkup => isMarkup;

    public override string TypeName => isMarkup ? "Markup" : "str";

    public override bool IsTrue => text.Length > 0;
}
