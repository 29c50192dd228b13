using System.Text;
using System.Text.Json;

namespace Weft.Tasks;

/// <summary>
/// The parts of JSON (RFC 8259) over bytes of UTF-8, narrowed so that a text comes to its end and every reader takes it: white space is a space, or a line break and what indents; numbers
/// have so many digits that a double is finite and a long exact; escapes are whole characters.
/// </summary>
internal static class JsonGrammar
{
    /// <summary>Levels of objects and arrays: as many as System.Text.Json reads unless it is told otherwise.</summary>
    public const int MaximumDepth = 64;

    /// <summary>Most digits before the point of a number, and behind it.</summary>
    public const int MaximumDigits = 18;

    private const int MostIndentation = 20;

    private static readonly ByteGrammar Quote = ByteGrammar.Literal("\""), Comma = ByteGrammar.Literal(",");

    private static readonly ByteGrammar Continuation = ByteGrammar.Range(0x80, 0xBF), Hexadecimal = ByteGrammar.AnyOf("0123456789abcdefABCDEF");

    /// <summary>Where white space may stand.</summary>
    public static ByteGrammar Space { get; } = ByteGrammar.Either(
        ByteGrammar.Empty, ByteGrammar.Literal(" "), ByteGrammar.Then(ByteGrammar.Literal("\n"), ByteGrammar.Repeat(ByteGrammar.AnyOf(" \t"), 0, MostIndentation)));

    public static ByteGrammar Digit { get; } = ByteGrammar.Range('0', '9');

    /// <summary>Characters of ASCII that stand for themselves in a string.</summary>
    public static ByteSet PlainAscii { get; } = ByteSet.Range(' ', 0x7F).Except(ByteSet.Of("\"\\"));

    /// <summary>A character of more than one byte, by its first byte (RFC 3629).</summary>
    public static IReadOnlyList<(ByteSet First, ByteGrammar Following)> LongCharacters { get; } =
    [
        (ByteSet.Range(0xC2, 0xDF), Continuation),
        (ByteSet.Range(0xE0, 0xE0), ByteGrammar.Then(ByteGrammar.Range(0xA0, 0xBF), Continuation)),
        (ByteSet.Range(0xE1, 0xEC) | ByteSet.Range(0xEE, 0xEF), ByteGrammar.Then(Continuation, Continuation)),
        // Half surrogates are no characters.
        (ByteSet.Range(0xED, 0xED), ByteGrammar.Then(ByteGrammar.Range(0x80, 0x9F), Continuation)),
        (ByteSet.Range(0xF0, 0xF0), ByteGrammar.Then(ByteGrammar.Range(0x90, 0xBF), Continuation, Continuation)),
        (ByteSet.Range(0xF1, 0xF3), ByteGrammar.Then(Continuation, Continuation, Continuation)),
        (ByteSet.Range(0xF4, 0xF4), ByteGrammar.Then(ByteGrammar.Range(0x80, 0x8F), Continuation, Continuation)),
    ];

    /// <summary>A character of a string that stands for itself.</summary>
    public static ByteGrammar PlainCharacter { get; } = ByteGrammar.Either(
        [ByteGrammar.One(PlainAscii), .. LongCharacters.Select(one => ByteGrammar.Then(ByteGrammar.One(one.First), one.Following))]);

    /// <summary>A character of a string, as it is or escaped.</summary>
    public static ByteGrammar Character { get; } = ByteGrammar.Either(PlainCharacter, Escape());

    /// <summary>A string of any length.</summary>
    public static ByteGrammar String { get; } = StringOf(0, null);

    public static ByteGrammar Integer { get; } = ByteGrammar.Then(ByteGrammar.Optional(ByteGrammar.Literal("-")), Whole());

    public static ByteGrammar Number { get; } = ByteGrammar.Then(Integer,
        ByteGrammar.Optional(ByteGrammar.Then(ByteGrammar.Literal("."), ByteGrammar.Repeat(Digit, 1, MaximumDigits))),
        ByteGrammar.Optional(ByteGrammar.Then(ByteGrammar.AnyOf("eE"), ByteGrammar.Optional(ByteGrammar.AnyOf("+-")), ByteGrammar.Repeat(Digit, 1, 2))));

    public static ByteGrammar Boolean { get; } = ByteGrammar.Either(ByteGrammar.Literal("true"), ByteGrammar.Literal("false"));

    public static ByteGrammar Null { get; } = ByteGrammar.Literal("null");

    /// <summary>By the levels that are left.</summary>
    private static readonly (ByteGrammar Object, ByteGrammar Array, ByteGrammar Value)[] Levels = MakeLevels();

    /// <summary>Any object or array, as a text of its own.</summary>
    public static ByteGrammar Text { get; } = ByteGrammar.Either(Object(MaximumDepth), Array(MaximumDepth));

    /// <summary>Anything that has at most so many levels.</summary>
    public static ByteGrammar Value(int depth) => Levels[depth].Value;

    /// <summary>Any object.</summary>
    /// <inheritdoc cref="Value"/>
    public static ByteGrammar Object(int depth) => Levels[depth].Object;

    /// <summary>Any array.</summary>
    /// <inheritdoc cref="Value"/>
    public static ByteGrammar Array(int depth) => Levels[depth].Array;

    /// <summary>A string of so many characters, which are Unicode's scalars.</summary>
    public static ByteGrammar StringOf(int minimum, int? maximum) => Quoted(ByteGrammar.Repeat(Character, minimum, maximum));

    /// <summary>A string of this.</summary>
    public static ByteGrammar Quoted(ByteGrammar characters) => ByteGrammar.Then(Quote, characters, Quote);

    /// <summary>A name and its value.</summary>
    public static ByteGrammar Member(ByteGrammar name, ByteGrammar value) => ByteGrammar.Then(name, ByteGrammar.Literal(":"), ByteGrammar.Optional(ByteGrammar.Literal(" ")), value);

    /// <summary>Members or elements between brackets.</summary>
    /// <param name="brackets">The opening and the closing one.</param>
    /// <param name="item">One of them.</param>
    /// <param name="minimum">At least so many.</param>
    /// <param name="maximum">At most; null for any number.</param>
    public static ByteGrammar List(string brackets, ByteGrammar item, int minimum, int? maximum)
    {
        ByteGrammar open = ByteGrammar.Literal(brackets[..1]), close = ByteGrammar.Literal(brackets[1..]);
        ByteGrammar none = minimum == 0 ? ByteGrammar.Then(open, close) : ByteGrammar.Never;
        return maximum == 0 ? none : ByteGrammar.Either(none, ByteGrammar.Then(open, Space, item, Further(item, Math.Max(0, minimum - 1), maximum - 1), Space, close));
    }

    /// <summary>More members or elements after one.</summary>
    /// <inheritdoc cref="List"/>
    public static ByteGrammar Further(ByteGrammar item, int minimum, int? maximum) => ByteGrammar.Repeat(Next(item), minimum, maximum);

    /// <summary>A member or an element after another one.</summary>
    public static ByteGrammar Next(ByteGrammar item) => ByteGrammar.Then(Comma, Space, item);

    /// <summary>One value, written one way but for white space.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">Levels that are left.</param>
    public static ByteGrammar Literal(JsonElement value, int depth) => value.ValueKind switch
    {
        JsonValueKind.String => Literal(value.GetString()!),
        JsonValueKind.Object or JsonValueKind.Array when depth == 0 => ByteGrammar.Never,
        JsonValueKind.Object => Fixed("{}", [.. value.EnumerateObject().Select(one => Member(Literal(one.Name), Literal(one.Value, depth - 1)))]),
        JsonValueKind.Array => Fixed("[]", [.. value.EnumerateArray().Select(one => Literal(one, depth - 1))]),
        _ => ByteGrammar.Literal(value.GetRawText()),
    };

    /// <summary>A string with no escapes but those that it needs.</summary>
    public static ByteGrammar Literal(string text)
    {
        var written = new StringBuilder("\"");
        foreach (char character in text)
            _ = character switch
            {
                '"' or '\\' => written.Append('\\').Append(character),
                '\n' => written.Append("\\n"),
                '\t' => written.Append("\\t"),
                '\r' => written.Append("\\r"),
                < ' ' => written.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => written.Append(character),
            };
        return ByteGrammar.Literal(written.Append('"').ToString());
    }

    private static ByteGrammar Fixed(string brackets, IReadOnlyList<ByteGrammar> items) => items.Count == 0 ? ByteGrammar.Literal(brackets) : ByteGrammar.Then(
        [ByteGrammar.Literal(brackets[..1]), Space, items[0], .. items.Skip(1).Select(Next), Space, ByteGrammar.Literal(brackets[1..])]);

    private static ByteGrammar Whole() =>
        ByteGrammar.Either(ByteGrammar.Literal("0"), ByteGrammar.Then(ByteGrammar.Range('1', '9'), ByteGrammar.Repeat(Digit, 0, MaximumDigits - 1)));

    /// <summary>Two halves of a pair together, neither alone: readers refuse that or make U+FFFD of it.</summary>
    private static ByteGrammar Escape()
    {
        ByteGrammar two = ByteGrammar.Then(Hexadecimal, Hexadecimal), mark = ByteGrammar.Literal("u"), surrogate = ByteGrammar.AnyOf("dD");
        return ByteGrammar.Then(ByteGrammar.Literal("\\"), ByteGrammar.Either(
            ByteGrammar.AnyOf("\"\\/bfnrt"),
            ByteGrammar.Then(mark, ByteGrammar.AnyOf("0123456789abcefABCEF"), Hexadecimal, two),
            ByteGrammar.Then(mark, surrogate, ByteGrammar.Range('0', '7'), two),
            ByteGrammar.Then(mark, surrogate, ByteGrammar.AnyOf("89abAB"), two, ByteGrammar.Literal("\\u"), surrogate, ByteGrammar.AnyOf("cdefCDEF"), two)));
    }

    private static (ByteGrammar Object, ByteGrammar Array, ByteGrammar Value)[] MakeLevels()
    {
        ByteGrammar scalar = ByteGrammar.Either(String, Number, Boolean, Null);
        var levels = new (ByteGrammar Object, ByteGrammar Array, ByteGrammar Value)[MaximumDepth + 1];
        levels[0] = (ByteGrammar.Never, ByteGrammar.Never, scalar);
        for (int depth = 1; depth < levels.Length; depth++)
        {
            ByteGrammar inner = levels[depth - 1].Value;
            ByteGrammar anObject = List("{}", Member(String, inner), 0, null), array = List("[]", inner, 0, null);
            levels[depth] = (anObject, array, ByteGrammar.Either(scalar, anObject, array));
        }
        return levels;
    }
}
