using System.Text;

namespace Weft.Text;

/// <summary>Text being rewritten, with its origins where they are tracked. A buffer that is used again for the next text.</summary>
internal sealed class AlignedText
{
    private const int KeptLength = 1 << 16;

    private char[] _text = new char[256];
    private Origin[] _origins = [];
    private int _length;
    private bool _tracked, _isFirst;

    public int Length => _length;

    /// <summary>The text so far; valid until the next change.</summary>
    public Piece Piece => new(_text, _length, _tracked ? _origins.AsSpan(0, _length) : default, _isFirst);

    /// <summary>Empties the buffer for the rewriting of a piece.</summary>
    public void Begin(in Piece source)
    {
        if (_text.Length > KeptLength && source.Length < KeptLength)
            (_text, _origins) = (new char[KeptLength], []);
        (_length, _tracked, _isFirst) = (0, source.IsTracked, source.IsFirst);
        Reserve(source.Length);
    }

    /// <summary>Appends a piece as it is.</summary>
    public void Append(in Piece piece)
    {
        Reserve(piece.Length);
        piece.Text.CopyTo(_text.AsSpan(_length));
        if (_tracked)
            piece.Origins.CopyTo(_origins.AsSpan(_length));
        _length += piece.Length;
    }

    /// <summary>Appends text all of which comes from one place.</summary>
    public void Append(ReadOnlySpan<char> text, Origin origin)
    {
        Reserve(text.Length);
        // Mostly it is what becomes of one character, too short for a copy by a call.
        Span<char> place = _text.AsSpan(_length, text.Length);
        for (int i = 0; i < place.Length; i++)
            place[i] = text[i];
        if (_tracked)
            _origins.AsSpan(_length, text.Length).Fill(origin);
        _length += text.Length;
    }

    public void Append(char c, Origin origin)
    {
        Reserve(1);
        _text[_length] = c;
        if (_tracked)
            _origins[_length] = origin;
        _length++;
    }

    /// <summary>Appends a Unicode scalar.</summary>
    public void Append(Rune scalar, Origin origin)
    {
        Span<char> units = stackalloc char[2];
        Append(units[..scalar.EncodeToUtf16(units)], origin);
    }

    /// <summary>Replaces a unit everywhere.</summary>
    public void Replace(char old, char replacement) => _text.AsSpan(0, _length).Replace(old, replacement);

    /// <summary>Takes a unit off the end as often as it stands there.</summary>
    public void TrimEnd(char unit) => _length = _text.AsSpan(0, _length).TrimEnd(unit).Length;

    private void Reserve(int more)
    {
        int needed = checked(_length + more);
        if (_text.Length < needed)
            Array.Resize(ref _text, (int)Math.Max(needed, Math.Min(Array.MaxLength, 2L * _text.Length)));
        if (_tracked && _origins.Length < _text.Length)
            Array.Resize(ref _origins, _text.Length);
    }
}
