using System.Globalization;
using System.Text;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>
/// Upper and lower case as Python has them: .NET's invariant mapping of single characters, and the characters whose mapping is
/// several characters or which .NET leaves alone (Unicode's SpecialCasing.txt).
/// </summary>
internal static partial class TextCase
{
    private static readonly Dictionary<int, string> UpperExceptions = Read(UpperData);
    private static readonly Dictionary<int, string> TitleExceptions = Read(TitleData);
    private static readonly Dictionary<int, string> LowerExceptions = Read(LowerData);

    public static string Upper(string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : Map(text, (_, rune) => UpperOf(rune));

    public static string Lower(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Map(text, LowerOf);

    /// <summary>
    /// <c>str.casefold</c>. Unicode's table folds to lower case by way of upper case; only Cherokee folds upwards and the dotless i stays.
    /// </summary>
    public static string Fold(string text) => Map(text, (_, rune) => rune.Value switch
    {
        'ı' => "ı",
        >= 0x13A0 and <= 0x13FD or >= 0xAB70 and <= 0xABBF => UpperOf(rune),
        _ => Lower(Upper(Lower(rune.ToString()))),
    });

    /// <summary><c>str.capitalize</c>.</summary>
    public static string Capitalize(string text) => Map(text, (at, rune) => at == 0 ? TitleOf(rune) : LowerOf(text, at, rune));

    /// <summary><c>str.title</c>: a letter after anything but a letter begins a word.</summary>
    public static string Title(string text)
    {
        bool inWord = false;
        return Map(text, (at, rune) =>
        {
            string mapped = inWord ? LowerOf(text, at, rune) : TitleOf(rune);
            inWord = IsCased(rune);
            return mapped;
        });
    }

    public static string SwapCase(string text) =>
        Map(text, (at, rune) => IsUpperRune(rune) ? LowerOf(text, at, rune) : IsLowerRune(rune) ? UpperOf(rune) : rune.ToString());

    public static bool IsLower(string text) => HasCased(text) && text.EnumerateRunes().All(rune => !IsUpperRune(rune) && !IsTitleRune(rune));

    public static bool IsUpper(string text) => HasCased(text) && text.EnumerateRunes().All(rune => !IsLowerRune(rune) && !IsTitleRune(rune));

    /// <summary><c>str.istitle</c>.</summary>
    public static bool IsTitle(string text)
    {
        bool inWord = false, any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isUpper = IsUpperRune(rune) || IsTitleRune(rune), isLower = IsLowerRune(rune);
            if (isUpper && inWord || isLower && !inWord)
                return false;
            inWord = isUpper || isLower;
            any |= inWord;
        }
        return any;
    }

    private static bool HasCased(string text) => text.EnumerateRunes().Any(IsCased);

    private static bool IsCased(Rune rune) => IsUpperRune(rune) || IsLowerRune(rune) || IsTitleRune(rune);

    private static bool IsTitleRune(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    // Beyond the category: Roman numerals and letters in circles, modifier letters (Other_Uppercase, Other_Lowercase).
    private static bool IsUpperRune(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter
        || rune.Value is >= 0x2160 and <= 0x216F or >= 0x24B6 and <= 0x24CF or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;

    private static bool IsLowerRune(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter
        || rune.Value is 0xAA or 0xBA or >= 0x2B0 and <= 0x2B8 or 0x2C0 or 0x2C1 or >= 0x2E0 and <= 0x2E4 or 0x345 or 0x37A
            or >= 0x1D2C and <= 0x1D6A or 0x1D78 or >= 0x1D9B and <= 0x1DBF or 0x2071 or 0x207F or >= 0x2090 and <= 0x209C
            or >= 0x2170 and <= 0x217F or >= 0x24D0 and <= 0x24E9 or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770 or 0xA7F8 or 0xA7F9
            or >= 0xAB5C and <= 0xAB5F or 0x10780 or >= 0x10783 and <= 0x10785 or >= 0x10787 and <= 0x107B0 or >= 0x107B2 and <= 0x107BA;

    private static string UpperOf(Rune rune) => UpperExceptions.TryGetValue(rune.Value, out string? upper) ? upper : Rune.ToUpperInvariant(rune).ToString();

    private static string TitleOf(Rune rune) => TitleExceptions.TryGetValue(rune.Value, out string? title) ? title : UpperOf(rune);

    private static string LowerOf(string text, int at, Rune rune)
    {
        if (rune.Value == 'Σ')
            return EndsWord(text, at) ? "ς" : "σ";
        return LowerExceptions.TryGetValue(rune.Value, out string? lower) ? lower : Rune.ToLowerInvariant(rune).ToString();
    }

    /// <summary>Whether a sigma closes a word: letters before it, none after it, what has no case left out.</summary>
    private static bool EndsWord(string text, int at)
    {
        int before = at - 1;
        while (before >= 0 && IsIgnorable(text[before]))
            before--;
        int after = at + 1;
        while (after < text.Length && IsIgnorable(text[after]))
            after++;
        return before >= 0 && IsCasedAt(text, char.IsLowSurrogate(text[before]) ? before - 1 : before) && !IsCasedAt(text, after);
    }

    private static bool IsCasedAt(string text, int at) => at >= 0 && Rune.TryGetRuneAt(text, Math.Min(at, text.Length), out Rune rune) && IsCased(rune);

    private static bool IsIgnorable(char c) => c is '\'' or '.' or ':' or '^' or '`' or '·' or '’' || char.GetUnicodeCategory(c)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static string Map(string text, Func<string, int, Rune, string> map) => Map(text, (at, rune) => map(text, at, rune));

    private static string Map(string text, Func<int, Rune, string> map)
    {
        var mapped = new StringBuilder(text.Length);
        for (int i = 0, width; i < text.Length; i += width)
            if (Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                width = rune.Utf16SequenceLength;
                mapped.Append(map(i, rune));
            }
            else
            {
                width = 1;
                mapped.Append(text[i]);
            }
        return mapped.ToString();
    }

    private static Dictionary<int, string> Read(string data) => data.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split('='))
        .ToDictionary(entry => char.ConvertToUtf32(entry[0], 0), entry => entry[1]);
}
