namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Where a number ends: 42, 1_000, 0x1F, 0b101, 0o17, 1.5, 1e-3.</summary>
internal static class NumberLiteral
{
    /// <summary>Length and kind of the number at <paramref name="start"/>, or null.</summary>
    public static (int Length, bool IsFloat)? Read(string source, int start)
    {
        if (!char.IsAsciiDigit(At(source, start)))
            return null;
        int end = Digits(source, start, char.IsAsciiDigit);
        // After a point, digits are the index of an item: x.0.1 is no float.
        if ((start == 0 || source[start - 1] != '.') && FloatEnd(source, end) is { } floatEnd)
            return (floatEnd - start, true);
        if (source[start] != '0')
            return (end - start, false);
        Func<char, bool>? isDigit = At(source, start + 1) switch
        {
            'x' or 'X' => char.IsAsciiHexDigit,
            'o' or 'O' => c => c is >= '0' and <= '7',
            'b' or 'B' => c => c is '0' or '1',
            _ => null,
        };
        if (isDigit is not null && Digits(source, start + 2, isDigit) is var after && after > start + 2)
            return (after - start, false);
        // Digits after a leading zero begin another number, which no grammar allows; the parser complains.
        return (Digits(source, start, c => c == '0') - start, false);
    }

    private static int? FloatEnd(string source, int end)
    {
        bool isFloat = false;
        if (At(source, end) == '.' && char.IsAsciiDigit(At(source, end + 1)))
        {
            end = Digits(source, end + 1, char.IsAsciiDigit);
            isFloat = true;
        }
        if (At(source, end) is 'e' or 'E')
        {
            int exponent = At(source, end + 1) is '+' or '-' ? end + 2 : end + 1;
            if (char.IsAsciiDigit(At(source, exponent)))
                return Digits(source, exponent, char.IsAsciiDigit);
        }
        return isFloat ? end : null;
    }

    /// <summary>The end of digits with single underscores between them.</summary>
    private static int Digits(string source, int i, Func<char, bool> isDigit)
    {
        while (isDigit(At(source, i)) || At(source, i) == '_' && isDigit(At(source, i + 1)))
            i++;
        return i;
    }

    private static char At(string source, int i) => i < source.Length ? source[i] : '\0';
}
