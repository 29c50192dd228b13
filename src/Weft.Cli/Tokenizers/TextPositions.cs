using System.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>Positions of a text in another unit than UTF-16's.</summary>
internal sealed class TextPositions
{
    public const string Utf16 = "utf16", Scalar = "scalar", Utf8 = "utf8";

    /// <summary>The units that offsets may be counted in.</summary>
    public static readonly string[] Units = [Utf16, Scalar, Utf8];

    private readonly int[]? _positions;

    /// <param name="text">The text. Half a surrogate pair counts as U+FFFD: one scalar, three bytes.</param>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    public TextPositions(string text, string unit)
    {
        if (unit == Utf16)
            return;
        _positions = new int[text.Length + 1];
        int at = 0, position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            for (int i = 0; i < rune.Utf16SequenceLength; i++)
                _positions[at++] = position;
            position += unit == Utf8 ? rune.Utf8SequenceLength : 1;
        }
        _positions[at] = position;
    }

    /// <summary>The position of a UTF-16 index.</summary>
    public int Of(Index index) => _positions is null ? index.Value : _positions[index.Value];
}
