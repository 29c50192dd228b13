using System.Buffers;

namespace Weft.Text.Normalizers;

/// <summary>
/// SentencePiece's own normalization: from left to right the longest user-defined symbol as it is, else the longest rule of the
/// map, else a character as it is; spaces are counted and marked on the way.
/// </summary>
internal sealed class SentencePieceNormalizer : Normalizer
{
    private const char Mark = '\u2581';

    private readonly CharsMap _map;
    private readonly SentencePieceOptions _options;
    private readonly CharTrie? _symbols;
    private readonly char _space;
    private readonly SearchValues<char> _plain;

    public SentencePieceNormalizer(CharsMap map, SentencePieceOptions options)
    {
        (_map, _options, _space) = (map, options, options.EscapeWhitespaces ? Mark : ' ');
        if (options.UserDefinedSymbols.Count > 0)
            _symbols = new CharTrie(options.UserDefinedSymbols.Distinct(StringComparer.Ordinal).Select((symbol, index) => (symbol, index)));
        _plain = SearchValues.Create([.. Enumerable.Range(0, 128).Select(c => (char)c)
            .Where(c => c != ' ' && map.KeepsAscii(c) && !(_symbols?.Step(0, c) >= 0))]);
    }

    public override void Normalize(in Piece piece, AlignedText output)
    {
        bool spaceBefore = _options.RemoveExtraWhitespaces;
        int at = spaceBefore ? SkipSpaces(piece.Text) : 0;
        if (at == piece.Length)
            return;
        if (_options.AddDummyPrefix && !_options.TreatWhitespaceAsSuffix)
            output.Append(_space, piece.OriginOf(at, at + 1));
        while (at < piece.Length)
        {
            int plain = PlainLength(piece.Text[at..]);
            if (plain > 0)
                output.Append(piece.Slice(at, plain));
            spaceBefore &= plain == 0;
            at += plain;
            if (at < piece.Length)
                at += AddNext(piece.Slice(at, piece.Length - at), output, ref spaceBefore);
        }
        if (_options.RemoveExtraWhitespaces)
            output.TrimEnd(_space);
        if (_options.AddDummyPrefix && _options.TreatWhitespaceAsSuffix)
            output.Append(_space, piece.OriginOf(piece.Length - 1, piece.Length));
    }

    /// <summary>What the text begins with, rewritten, and how much of it that is.</summary>
    private ReadOnlySpan<char> Next(ReadOnlySpan<char> text, out int length)
    {
        if (_symbols is not null && _symbols.Longest(text, out length) >= 0)
            return text[..length];
        if (_map.Longest(text, out length) is string replacement)
            return replacement;
        length = char.IsHighSurrogate(text[0]) ? 2 : 1;
        return text[..length];
    }

    private int SkipSpaces(ReadOnlySpan<char> text)
    {
        int at = 0;
        while (at < text.Length && Next(text[at..], out int length) is [' '])
            at += length;
        return at;
    }

    // A plain character before one that is not ASCII may begin a rule with it.
    private int PlainLength(ReadOnlySpan<char> text)
    {
        int length = text.IndexOfAnyExcept(_plain);
        return length < 0 ? text.Length : length > 0 && text[length] >= 128 ? length - 1 : length;
    }

    private int AddNext(in Piece rest, AlignedText output, ref bool spaceBefore)
    {
        ReadOnlySpan<char> text = Next(rest.Text, out int length);
        if (spaceBefore)
            text = text.TrimStart(' ');
        Origin origin = rest.OriginOf(0, length);
        foreach (char c in text)
            output.Append(c == ' ' ? _space : c, origin);
        if (text.Length > 0)
            spaceBefore = _options.RemoveExtraWhitespaces && text[^1] == ' ';
        return length;
    }
}
