using System.Buffers;
using System.Globalization;
using System.Text;

namespace Weft.Text.Normalizers;

/// <summary>
/// Hugging Face's <c>Precompiled</c>. Other than SentencePiece it looks at short graphemes as a whole first, takes the shortest
/// rule that a grapheme begins with for all of it, and then at single characters.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int ShortGrapheme = 6;

    private readonly CharsMap _map;
    private readonly SearchValues<char> _keptAscii;
    private readonly string?[] _ofAscii = new string?[128];

    public PrecompiledNormalizer(CharsMap map)
    {
        _map = map;
        for (char c = '\0'; c < 128; c++)
            _ofAscii[c] = map.Shortest([c]);
        _keptAscii = SearchValues.Create([.. Enumerable.Range(0, 128).Select(c => (char)c).Where(c => _ofAscii[c] is null && c != '\r')]);
    }

    public override void Normalize(in Piece piece, AlignedText output)
    {
        ReadOnlySpan<char> text = piece.Text;
        for (int at = 0; at < text.Length;)
        {
            int kept = text[at..].IndexOfAnyExcept(_keptAscii);
            // Characters that are kept are graphemes by themselves; the last may combine with what follows.
            int plain = kept < 0 ? text.Length - at : kept > 0 && text[at + kept] >= 128 ? kept - 1 : kept;
            output.Append(piece.Slice(at, plain));
            at += plain;
            if (at == text.Length)
                return;
            if (text[at] < 128 && text[at] != '\r' && (at + 1 == text.Length || text[at + 1] < 128))
            {
                output.Append(_ofAscii[text[at]], piece.OriginOf(at, at + 1));
                at++;
                continue;
            }
            int length = StringInfo.GetNextTextElementLength(text[at..]);
            AddGrapheme(piece.Slice(at, length), output);
            at += length;
        }
    }

    private void AddGrapheme(in Piece grapheme, AlignedText output)
    {
        if (grapheme.Length < ShortGrapheme && Encoding.UTF8.GetByteCount(grapheme.Text) < ShortGrapheme
            && _map.Shortest(grapheme.Text) is string whole)
        {
            output.Append(whole, grapheme.OriginOf(0, grapheme.Length));
            return;
        }
        for (int at = 0, width; at < grapheme.Length; at += width)
        {
            width = char.IsHighSurrogate(grapheme.Text[at]) ? 2 : 1;
            Piece scalar = grapheme.Slice(at, width);
            if (_map.Shortest(scalar.Text) is string replacement)
                output.Append(replacement, scalar.OriginOf(0, width));
            else
                output.Append(scalar);
        }
    }
}
