using Weft.Text.PreTokenizers;

namespace Weft.Text.Normalizers;

/// <summary>Replaces every match of a fixed string or of a regular expression.</summary>
internal sealed class ReplaceNormalizer(FindMatches find, string content) : Normalizer
{
    public override void Normalize(in Piece piece, AlignedText output)
    {
        var matches = new List<(int Start, int End)>();
        find(piece.Text, matches);
        int at = 0;
        foreach ((int start, int end) in matches)
        {
            output.Append(piece.Slice(at, start - at));
            output.Append(content, piece.OriginOf(start, end));
            at = end;
        }
        output.Append(piece.Slice(at, piece.Length - at));
    }

    /// <summary>Replaces one character by another, as SentencePiece's mark for a space.</summary>
    public static Normalizer Of(string pattern, string content) =>
        pattern.Length == 1 && content.Length == 1 ? new CharacterReplacement(pattern[0], content[0]) : new ReplaceNormalizer(SplitPreTokenizer.FindText(pattern), content);

    private sealed class CharacterReplacement(char pattern, char content) : Normalizer
    {
        public override bool Affects(in Piece piece) => piece.Text.Contains(pattern);

        public override void Normalize(in Piece piece, AlignedText output)
        {
            output.Append(piece);
            output.Replace(pattern, content);
        }
    }
}
