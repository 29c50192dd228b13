using System.Text;
using Weft.Text.Normalizers;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// Hugging Face's <c>UnicodeScripts</c>: cuts where the script changes, as SentencePiece does. Spaces and unassigned characters go with
/// what is before them; at the start of a piece nothing is, and they are dropped, as in the original.
/// </summary>
internal sealed class ScriptPreTokenizer : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next) => new Stage(next);

    private sealed class Stage(IPieceSink next) : IPieceSink
    {
        private const int None = 0;

        public void Accept(in Piece piece)
        {
            ReadOnlySpan<char> text = piece.Text;
            int start = 0, running = None;
            for (int at = 0, length; at < text.Length; at += length)
            {
                char c = text[at];
                length = char.IsSurrogate(c) ? 2 : 1;
                int script = CharacterTables.Instance.ScriptOf(length == 1 ? c : new Rune(c, text[at + 1]).Value);
                if (script == None || script == running)
                    continue;
                if (running != None)
                    next.Accept(piece.Slice(start, at - start));
                (start, running) = (at, script);
            }
            if (running != None)
                next.Accept(piece.Slice(start, text.Length - start));
        }
    }
}
