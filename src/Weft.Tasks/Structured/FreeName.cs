using System.Text;

namespace Weft.Tasks;

/// <summary>Names of properties that a schema does not name itself.</summary>
internal static class FreeName
{
    /// <summary>
    /// Any name but these. Where there are any to avoid, names are written without escapes, by which they could be avoided in letter only; and a character that begins with the same byte
    /// as another one that is to be avoided in its place may be missing, unless it is of ASCII.
    /// </summary>
    public static ByteGrammar Except(IEnumerable<string> names)
    {
        string[] avoided = [.. names];
        if (avoided.Length == 0)
            return JsonGrammar.String;
        // A name that needs an escape is not written here anyway.
        byte[][] plain = [.. avoided.Where(name => name.All(character => character >= ' ' && character is not ('"' or '\\'))).Select(Encoding.UTF8.GetBytes)];
        return JsonGrammar.Quoted(After(plain, 0));
    }

    /// <summary>The rest of a name of which the beginning is that of some to avoid.</summary>
    private static ByteGrammar After(byte[][] avoided, int length)
    {
        ByteGrammar any = ByteGrammar.Repeat(JsonGrammar.PlainCharacter, 0, null);
        List<ByteGrammar> alternatives = avoided.Any(name => name.Length == length) ? [] : [ByteGrammar.Empty];
        byte[][] longer = [.. avoided.Where(name => name.Length > length)];
        ByteSet same = default;
        foreach (IGrouping<string, byte[]> group in longer.GroupBy(name => Convert.ToHexString(CharacterAt(name, length))))
        {
            byte[] character = CharacterAt(group.First(), length);
            same |= ByteSet.Range(character[0], character[0]);
            alternatives.Add(ByteGrammar.Then(ByteGrammar.Literal(character), After([.. group], length + character.Length)));
        }
        alternatives.Add(ByteGrammar.Then(ByteGrammar.One(JsonGrammar.PlainAscii.Except(same)), any));
        foreach ((ByteSet first, ByteGrammar following) in JsonGrammar.LongCharacters)
            alternatives.Add(ByteGrammar.Then(ByteGrammar.One(first.Except(same)), following, any));
        return ByteGrammar.Either([.. alternatives]);
    }

    private static byte[] CharacterAt(byte[] name, int index)
    {
        Rune.DecodeFromUtf8(name.AsSpan(index), out _, out int length);
        return name[index..(index + length)];
    }
}
