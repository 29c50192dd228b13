namespace Weft.Text.PreTokenizers;

/// <summary>Where a <see cref="MetaspacePreTokenizer"/> puts its mark before text that does not begin with it.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary>
/// Hugging Face's <c>Metaspace</c>: spaces become a mark, text may get one at its beginning, and each mark begins a word.
/// </summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme prepend, bool split) : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next) => new Stage(mark, prepend, split, next);

    private sealed class Stage(char mark, PrependScheme prepend, bool split, IPieceSink next) : IPieceSink
    {
        private readonly AlignedText _marked = new();

        public void Accept(in Piece piece)
        {
            _marked.Begin(piece);
            bool begins = piece.Text[0] == mark || piece.Text[0] == ' ';
            if (!begins && (prepend == PrependScheme.Always || prepend == PrependScheme.First && piece.IsFirst))
                _marked.Append(mark, piece.OriginOf(0, 1));
            _marked.Append(piece);
            _marked.Replace(' ', mark);
            Piece rest = _marked.Piece;
            while (split && rest.Text[1..].IndexOf(mark) is int found and >= 0)
            {
                next.Accept(rest.Slice(0, found + 1));
                rest = rest.Slice(found + 1, rest.Length - found - 1);
            }
            next.Accept(rest);
        }
    }
}
