using System.Runtime.CompilerServices;
using Weft.Text.Bpe;

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
        public override IPieceSink Open(IPieceSink next) => next is ByteLevelSink bytes ? new ByteLevelStage<TScanner>(scanner, bytes.Words) : new Stage<TScanner>(scanner, next);

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

    // The same with a model of bytes at its end: what most text goes through, without a call and a piece for each word.
    private sealed class ByteLevelStage<TScanner>(TScanner scanner, WordEncoder words) : IPieceSink where TScanner : struct, IScanner
    {
        public void Accept(in Piece piece)
        {
            ReadOnlySpan<char> rest = piece.Text;
            if (piece.IsTracked)
                AcceptTracked(piece);
            else
                while (rest.Length > 0)
                    rest = rest[EncodeNext(rest)..];
        }

        // A method of its own, since the compiler improves what is called often, and the loop around it may run once for a whole book.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private int EncodeNext(ReadOnlySpan<char> rest)
        {
            int length = scanner.MatchLength(rest);
            words.TryEncode(rest, length);
            return length;
        }

        private void AcceptTracked(in Piece piece)
        {
            for (int at = 0, length; at < piece.Length; at += length)
            {
                length = scanner.MatchLength(piece.Text[at..]);
                words.TryEncode(piece.Slice(at, length));
            }
        }
    }
}
