using System.Text;
using Weft.Text.Normalizers;

namespace Weft.Text.Tests.Normalizers;

/// <summary>BERT's normalizer step after step over the whole text, as the original goes.</summary>
internal static class PlainBert
{
    public static string Normalize(string text, bool clean, bool spaceChinese, bool stripAccents, bool lowercase)
    {
        if (clean)
            text = Map(text, (rune, classes) => (classes & CharacterClasses.Removed) != 0 ? "" : (classes & CharacterClasses.Space) != 0 ? " " : rune.ToString());
        if (spaceChinese)
            text = Map(text, (rune, classes) => (classes & CharacterClasses.Chinese) != 0 ? $" {rune} " : rune.ToString());
        if (stripAccents)
            text = Map(new UnicodeNormalizer(compatible: false, compose: false).Normalize(text), (rune, classes) => (classes & CharacterClasses.NonSpacingMark) != 0 ? "" : rune.ToString());
        return lowercase ? Map(text, (rune, _) => CharacterTables.Instance.LowerCase(rune.Value)) : text;
    }

    private static string Map(string text, Func<Rune, CharacterClasses, string> map) =>
        string.Concat(text.EnumerateRunes().Select(rune => map(rune, CharacterTables.Instance.ClassesOf(rune.Value))));
}
