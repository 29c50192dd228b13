namespace Weft.Text.PreTokenizers;

/// <summary>What becomes of the text that a <see cref="SplitPreTokenizer"/> matches.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Appends start and end of each match in the text. A match may be empty.</summary>
internal delegate void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches);

/// <summary>
/// Hugging Face's <c>Split</c>: cuts text at the matches of a pattern, or with <c>invert</c> at what lies between them.
/// </summary>
internal sealed class SplitPreTokenizer(FindMatches find, SplitBehavior behavior, bool invert) : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next) => new Stage(find, behavior, invert, next);

    /// <summary>Matches of a fixed string.</summary>
    public static FindMatches FindText(string pattern) => (text, matches) =>
    {
        int at = 0;
        while (pattern.Length > 0 && text[at..].IndexOf(pattern, StringComparison.Ordinal) is int found and >= 0)
        {
            matches.Add((at + found, at + found + pattern.Length));
            at += found + pattern.Length;
        }
    };

    private sealed class Stage(FindMatches find, SplitBehavior behavior, bool invert, IPieceSink next) : IPieceSink
    {
        private readonly List<(int Start, int End)> _matches = [];
        private readonly List<(int Start, int End, bool IsMatch)> _parts = [];

        public void Accept(in Piece piece)
        {
            _matches.Clear();
            _parts.Clear();
            find(piece.Text, _matches);
            int at = 0;
            foreach ((int start, int end) in _matches)
            {
                if (start > at)
                    AddPart(at, start, invert);
                // An empty match cuts as others do, except where the match before it has cut already.
                if (end > at)
                    AddPart(start, end, !invert);
                at = end;
            }
            if (piece.Length > at)
                AddPart(at, piece.Length, invert);
            if (behavior == SplitBehavior.MergedWithNext)
                MergeWithNext();
            foreach ((int start, int end, bool isMatch) in _parts)
                if (start < end && !(isMatch && behavior == SplitBehavior.Removed))
                    next.Accept(piece.Slice(start, end - start));
        }

        private void AddPart(int start, int end, bool isMatch)
        {
            bool previousIsMatch = _parts.Count > 0 && _parts[^1].IsMatch;
            bool joins = behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !previousIsMatch,
                SplitBehavior.Contiguous => isMatch == previousIsMatch,
                _ => false,
            };
            if (joins && _parts.Count > 0)
                _parts[^1] = (_parts[^1].Start, end, isMatch);
            else
                _parts.Add((start, end, isMatch));
        }

        // A match joins the part on its right unless that part is a match too; read from the right, as the original.
        private void MergeWithNext()
        {
            bool followerIsMatch = false;
            int kept = _parts.Count;
            for (int i = _parts.Count - 1; i >= 0; i--)
            {
                (int start, int end, bool isMatch) = _parts[i];
                if (isMatch && !followerIsMatch && kept < _parts.Count)
                    _parts[kept] = _parts[kept] with { Start = start };
                else
                    _parts[--kept] = (start, end, isMatch);
                followerIsMatch = isMatch;
            }
            _parts.RemoveRange(0, kept);
        }
    }
}
