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
}

/// <summary>Splits text by the kinds of its characters, in one pass.</summary>
internal abstract class KindPreTokenizer : PreTokenizer
{
    // By character in ASCII, elsewhere by the classes of a character.
    private readonly CharacterKind[] _ascii = new CharacterKind[128], _kinds = new CharacterKind[256];

    protected KindPreTokenizer(Func<CharacterClasses, CharacterKind> kindOf)
    {
        for (int classes = 0; classes < _kinds.Length; classes++)
            _kinds[classes] = kindOf((CharacterClasses)classes);
        for (int c = 0; c < _ascii.Length; c++)
            _ascii[c] = _kinds[(int)CharacterTables.Instance.ClassesOf(c)];
    }

    public override IPieceSink Open(IPieceSink next) => new Stage(this, next);

    private CharacterKind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        char c = text[at];
        int scalar = c;
        length = 1;
        if (char.IsSurrogate(c))
            (scalar, length) = (new Rune(c, text[at + 1]).Value, 2);
        return _kinds[(int)CharacterTables.Instance.ClassesOf(scalar)];
    }

    private sealed class Stage(KindPreTokenizer kinds, IPieceSink next) : IPieceSink
    {
        public void Accept(in Piece piece)
        {
            ReadOnlySpan<char> text = piece.Text;
            CharacterKind[] ascii = kinds._ascii;
            int start = 0;
            CharacterKind running = CharacterKind.Dropped;
            for (int at = 0, length = 1; at < text.Length; at += length)
            {
                char c = text[at];
                CharacterKind kind;
                if (c < ascii.Length)
                    (kind, length) = (ascii[c], 1);
                else
                    kind = kinds.KindAt(text, at, out length);
                if (kind == running && kind != CharacterKind.Alone)
                    continue;
                if (running != CharacterKind.Dropped)
                    next.Accept(piece.Slice(start, at - start));
                (start, running) = (at, kind);
                // Most words are letters, and those of ASCII are of one kind.
                if (c < ascii.Length && kind == ascii['a'] && text.Length - at >= Vector256<ushort>.Count)
                    length = Math.Max(1, CharacterClass.AsciiLetters(text, at));
            }
            if (running != CharacterKind.Dropped)
                next.Accept(piece.Slice(start, text.Length - start));
        }
    }
}
