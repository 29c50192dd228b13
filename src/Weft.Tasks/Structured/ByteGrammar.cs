using System.Text;

namespace Weft.Tasks;

/// <summary>
/// What texts there may be, over bytes: a part is told from others by reference, is never changed once its automaton exists, and may stand in several places. A part that begins with
/// itself, before any byte, is none of this kind of grammar.
/// </summary>
internal abstract class ByteGrammar
{
    private static readonly ByteGrammar[] Single = [.. Enumerable.Range(0, 256).Select(value => new Bytes(ByteSet.Range(value, value)))];

    private ByteGrammar()
    {
    }

    /// <summary>No bytes.</summary>
    public static ByteGrammar Empty { get; } = new Sequence([]);

    /// <summary>No text at all.</summary>
    public static ByteGrammar Never { get; } = new Choice([]);

    public static ByteGrammar One(ByteSet set) => new Bytes(set);

    public static ByteGrammar Range(int first, int last) => first == last ? Single[first] : new Bytes(ByteSet.Range(first, last));

    public static ByteGrammar AnyOf(ReadOnlySpan<char> characters) => new Bytes(ByteSet.Of(characters));

    /// <summary>A text as it stands.</summary>
    public static ByteGrammar Literal(string text) => Literal(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Literal(string)"/>
    public static ByteGrammar Literal(ReadOnlySpan<byte> text)
    {
        var parts = new ByteGrammar[text.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = Single[text[i]];
        return Then(parts);
    }

    /// <summary>One after another.</summary>
    public static ByteGrammar Then(params ByteGrammar[] parts) => parts is [var only] ? only : new Sequence(parts);

    /// <summary>One of several.</summary>
    public static ByteGrammar Either(params ByteGrammar[] alternatives) => alternatives is [var only] ? only : new Choice(alternatives);

    public static ByteGrammar Optional(ByteGrammar part) => Either(Empty, part);

    /// <summary>As often as this.</summary>
    /// <param name="part">What.</param>
    /// <param name="minimum">At least.</param>
    /// <param name="maximum">At most; null for any number.</param>
    public static ByteGrammar Repeat(ByteGrammar part, int minimum, int? maximum) => new Repetition(part, minimum, maximum);

    /// <summary>One byte of a set.</summary>
    public sealed class Bytes(ByteSet set) : ByteGrammar
    {
        public ByteSet Set => set;
    }

    /// <summary>Parts one after another.</summary>
    public sealed class Sequence(IReadOnlyList<ByteGrammar> parts) : ByteGrammar
    {
        public IReadOnlyList<ByteGrammar> Parts => parts;
    }

    /// <summary>One of several parts.</summary>
    public sealed class Choice(IReadOnlyList<ByteGrammar> alternatives) : ByteGrammar
    {
        public IReadOnlyList<ByteGrammar> Alternatives => alternatives;
    }

    /// <summary>A part several times.</summary>
    public sealed class Repetition(ByteGrammar part, int minimum, int? maximum) : ByteGrammar
    {
        public ByteGrammar Part => part;

        public int Minimum => minimum;

        /// <summary>Null for any number.</summary>
        public int? Maximum => maximum;
    }

    /// <summary>A part that may hold itself; its body is given once it is made.</summary>
    public sealed class Rule : ByteGrammar
    {
        public ByteGrammar Body { get; set; } = Never;
    }
}
