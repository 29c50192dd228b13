using System.Runtime.Intrinsics;
using System.Text;
using Weft.Text.Normalizers;

namespace Weft.Text.PreTokenizers;

/// <summary>What becomes of a character: characters of the same kind stay together unless they are dropped or stand alone.</summary>
internal enum CharacterKind : byte
{
    Dropped,
    Alone,
    Word,
    Symbol,

    /// <summary>Half a surrogate pair: the pair decides.</summary>
    Half,
}

/// <summary>Splits text by the kinds of its characters, in one pass.</summary>
internal abstract class KindPreTokenizer : PreTokenizer
{
    // By the unit in the basic plane, elsewhere by the classes of a character.
    private readonly CharacterKind[] _units = new CharacterKind[char.MaxValue + 1], _kinds = new CharacterKind[256];

    protected KindPreTokenizer(Func<CharacterClasses, CharacterKind> kindOf)
    {
        for (int classes = 0; classes < _kinds.Length; classes++)
            _kinds[classes] = kindOf((CharacterClasses)classes);
        for (int c = 0; c < _units.Length; c++)
            _units[c] = char.IsSurrogate((char)c) ? CharacterKind.Half : _kinds[(int)CharacterTables.Instance.ClassesOf(c)];
    }

    public override IPieceSink Open(IPieceSink next) => new Stage(this, next);

    private CharacterKind OfPair(ReadOnlySpan<char> text, int at) => _kinds[(int)CharacterTables.Instance.ClassesOf(new Rune(text[at], text[at + 1]).Value)];

    private sealed class Stage(KindPreTokenizer kinds, IPieceSink next) : IPieceSink
    {
        public void Accept(in Piece piece)
        {
            ReadOnlySpan<char> text = piece.Text;
            CharacterKind[] units = kinds._units;
            int start = 0;
            CharacterKind running = CharacterKind.Dropped;
            for (int at = 0, length = 1; at < text.Length; at += length)
            {
                char c = text[at];
                CharacterKind kind = units[c];
                length = 1;
                if (kind == CharacterKind.Half)
                    (kind, length) = (kinds.OfPair(text, at), 2);
                if (kind == running && kind != CharacterKind.Alone)
                    continue;
                if (running != CharacterKind.Dropped)
                    next.Accept(piece.Slice(start, at - start));
                (start, running) = (at, kind);
                // Most words are letters, and those of ASCII are of one kind.
                if (char.IsAscii(c) && kind == units['a'] && text.Length - at >= Vector256<ushort>.Count)
                    length = Math.Max(1, CharacterClass.AsciiLetters(text, at));
            }
            if (running != CharacterKind.Dropped)
                next.Accept(piece.Slice(start, text.Length - start));
        }
    }
}
