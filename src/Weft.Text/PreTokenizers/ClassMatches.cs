using System.Text;
using Weft.Text.Normalizers;

namespace Weft.Text.PreTokenizers;

/// <summary>Finds the single characters of a class.</summary>
internal static class ClassMatches
{
    public static FindMatches Of(CharacterClasses classes) => (text, matches) =>
    {
        CharacterTables tables = CharacterTables.Instance;
        for (int at = 0, length; at < text.Length; at += length)
        {
            char c = text[at];
            length = char.IsSurrogate(c) ? 2 : 1;
            int scalar = length == 1 ? c : new Rune(c, text[at + 1]).Value;
            if ((tables.ClassesOf(scalar) & classes) != 0)
                matches.Add((at, at + length));
        }
    };
}
