using System.Buffers;
using System.Text;

namespace Weft.Text.Normalizers;

/// <summary>
/// Rewrites each character by itself. What becomes of a character is computed when one of its page of 256 is first met, so that
/// a text costs a table read per unit and only changed characters cost more.
/// </summary>
/// <param name="map">What becomes of a scalar; null where its neighbours matter.</param>
internal class ScalarNormalizer(Func<int, string?> map) : Normalizer
{
    private readonly Page?[] _pages = new Page?[ScalarBytes.Scalars >> 8];
    private readonly SearchValues<char> _unchangedAscii = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Where(c => map(c) is [char only] && only == c).Select(c => (char)c)]);

    public override bool Affects(in Piece piece) => NextChange(piece.Text, 0) < piece.Length;

    public override void Normalize(in Piece piece, AlignedText output)
    {
        if (!TryNormalize(piece, output))
            throw new InvalidOperationException("a character depends on its neighbours");
    }

    /// <summary>False when a character was met whose neighbours matter; the output is then of no use.</summary>
    protected bool TryNormalize(in Piece piece, AlignedText output)
    {
        ReadOnlySpan<char> text = piece.Text;
        for (int at = 0; ;)
        {
            int next = NextChange(text, at);
            if (next > at)
                output.Append(piece.Slice(at, next - at));
            if (next == text.Length)
                return true;
            Rune scalar = ScalarAt(text, next, out int length);
            Page page = PageOf(scalar.Value);
            Origin origin = piece.OriginOf(next, next + length);
            at = next + length;
            if (page.IsUnit(scalar.Value & 0xFF))
                output.Append(page.Units[scalar.Value & 0xFF], origin);
            else if (page.Texts[scalar.Value & 0xFF] is string replacement)
                output.Append(replacement, origin);
            else
                return false;
        }
    }

    private int NextChange(ReadOnlySpan<char> text, int from)
    {
        for (int i = from; i < text.Length; i++)
        {
            char c = text[i];
            if (c < 128)
            {
                // Plain text is passed over many characters at a time.
                int plain = text[i..].IndexOfAnyExcept(_unchangedAscii);
                if (plain < 0)
                    return text.Length;
                i += plain;
                c = text[i];
            }
            if ((_pages[c >> 8] ?? PageOf(c)).Units[c & 0xFF] != c)
                return i;
        }
        return text.Length;
    }

    // Threads that meet a page together make equal ones.
    private Page PageOf(int scalar) => _pages[scalar >> 8] ??= new Page(scalar & ~0xFF, map);

    private sealed class Page
    {
        private readonly bool[] _isUnit = new bool[256];

        public Page(int first, Func<int, string?> map)
        {
            for (int i = 0; i < 256; i++)
            {
                int scalar = first + i;
                string? text = Rune.IsValid(scalar) ? map(scalar) : null;
                _isUnit[i] = text is [_];
                Texts[i] = text;
                // Half of a pair is never unchanged: the pair decides.
                Units[i] = text is [char only] ? only : (char)(scalar ^ 1);
            }
        }

        /// <summary>What becomes of a character where that is one unit; else anything but the character.</summary>
        public char[] Units { get; } = new char[256];

        public string?[] Texts { get; } = new string?[256];

        public bool IsUnit(int index) => _isUnit[index];
    }
}
