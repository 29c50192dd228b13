using System.Globalization;

namespace Weft.Tasks.Tests.Structured;

/// <summary>Writes JSON as a model might: with white space, and with escapes that need not be.</summary>
internal static class JsonText
{
    private static readonly string[] Characters = ["a", "Z", " ", "é", "日", "😀", "\u007F", "\u2028", "\"", "\\", "\n", "\u0001", "/", "}", ":", "0"];

    /// <summary>White space where it may stand.</summary>
    public static string Space(Random random) => random.Next(5) switch
    {
        0 => " ",
        1 => "\n" + new string(' ', random.Next(21)),
        2 => "\n" + new string('\t', random.Next(4)),
        _ => "",
    };

    public static string List(Random random, string brackets, IReadOnlyList<string> items) => items.Count == 0 ? brackets
        : brackets[..1] + Space(random) + items[0] + string.Concat(items.Skip(1).Select(item => "," + Space(random) + item)) + Space(random) + brackets[1..];

    public static string Member(Random random, string name, string value) => $"{name}:{(random.Next(2) == 0 ? " " : "")}{value}";

    /// <summary>A string of so many characters.</summary>
    public static string Characterwise(Random random, int count) => $"\"{string.Concat(Enumerable.Range(0, count).Select(_ => Character(random)))}\"";

    /// <summary>A text as a string with none but the escapes that it needs.</summary>
    public static string Plain(string text) => '"' + string.Concat(text.Select(character => character switch
    {
        '"' or '\\' => $"\\{character}",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' => $"\\u{(int)character:x4}",
        _ => character.ToString(),
    })) + '"';

    /// <summary>Any value.</summary>
    public static string Value(Random random, int depth) => random.Next(depth == 0 ? 5 : 8) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "false",
        2 => Number(random),
        3 or 4 => Characterwise(random, random.Next(6)),
        5 => List(random, "[]", [.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1))]),
        _ => List(random, "{}", [.. Enumerable.Range(0, random.Next(4)).Select(_ => Member(random, Characterwise(random, random.Next(4)), Value(random, depth - 1)))]),
    };

    private static string Number(Random random) => random.Next(4) switch
    {
        0 => random.NextInt64(-999_999_999_999_999_999, 1_000_000_000_000_000_000).ToString(CultureInfo.InvariantCulture),
        1 => random.Next(-20, 20).ToString(CultureInfo.InvariantCulture),
        2 => random.NextDouble().ToString("F12", CultureInfo.InvariantCulture),
        _ => (random.NextDouble() * Math.Pow(10, random.Next(-60, 60))).ToString("E10", CultureInfo.InvariantCulture).Replace("E+0", "e", StringComparison.Ordinal).Replace("E-0", "E-", StringComparison.Ordinal),
    };

    private static string Character(Random random)
    {
        string character = Characters[random.Next(Characters.Length)];
        if (random.Next(4) == 0 || character is "\"" or "\\" || character[0] < ' ')
        {
            if (random.Next(2) == 0 && character is "\"" or "\\" or "/" or "\n")
                return "\\" + (character == "\n" ? "n" : character);
            bool upper = random.Next(2) == 0;
            return string.Concat(character.Select(unit => "\\u" + ((int)unit).ToString(upper ? "X4" : "x4", CultureInfo.InvariantCulture)));
        }
        return character;
    }
}
