namespace Weft.Text.PreTokenizers;

/// <summary>A pattern whose matches cover all text, written as code instead of a regular expression.</summary>
internal interface IScanner
{
    /// <summary>Length of the match at the start of <paramref name="text"/>, which is well-formed and not empty.</summary>
    int MatchLength(ReadOnlySpan<char> text);
}

/// <summary>Cuts text at the ends of a pattern's matches. Also usable as what finds matches.</summary>
internal abstract class ScannerPreTokenizer : PreTokenizer
{
    public static ScannerPreTokenizer Of<TScanner>(TScanner scanner) where TScanner : struct, IScanner => new Scanning<TScanner>(scanner);

    /// <summary>Appends start and end of each match.</summary>
    public abstract void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches);

    private sealed class Scanning<TScanner>(TScanner scanner) : ScannerPreTokenizer where TScanner : struct, IScanner
    {
        public override IPieceSink Open(IPieceSink next) => new Stage<TScanner>(scanner, next);

        public override void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
        {
            for (int at = 0; at < text.Length; at = matches[^1].End)
                matches.Add((at, at + scanner.MatchLength(text[at..])));
        }
    }

    private sealed class Stage<TScanner>(TScanner scanner, IPieceSink next) : IPieceSink where TScanner : struct, IScanner
    {
        public void Accept(in Piece piece)
        {
            ReadOnlySpan<char> text = piece.Text;
            for (int at = 0; at < text.Length;)
            {
                int length = scanner.MatchLength(text[at..]);
                next.Accept(piece.Slice(at, length));
                at += length;
            }
        }
    }
}
