namespace Weft.Text.WordPiece;

/// <summary>Takes the longest token again and again until the word is covered; a word that cannot be covered is unknown as a whole.</summary>
internal sealed class WordPieceEncoder(WordPieceModel model) : PieceEncoder
{
    private readonly WordCache _cache = new();
    private int[] _ids = new int[32], _ends = new int[32];

    public override void Accept(in Piece piece)
    {
        if (piece.IsTracked)
        {
            AddTracked(piece);
            return;
        }
        if (_cache.TryAppend(piece, Output))
            return;
        int count = Cover(piece.Text);
        _cache.Add(piece, _ids.AsSpan(0, count));
        Output.AddRange(_ids.AsSpan(0, count));
    }

    private void AddTracked(in Piece word)
    {
        int count = Cover(word.Text), start = 0;
        for (int i = 0; i < count; i++)
        {
            Output.Add(_ids[i], word.OriginOf(start, _ends[i]));
            start = _ends[i];
        }
    }

    /// <summary>Fills ids and ends, and returns how many there are.</summary>
    private int Cover(ReadOnlySpan<char> word)
    {
        if (IsTooLong(word))
            return Unknown(word);
        int count = 0;
        for (int at = 0; at < word.Length; count++)
        {
            int id = model.Longest(word[at..], continues: at > 0, out int length);
            if (id < 0)
                return Unknown(word);
            if (count == _ids.Length)
            {
                Array.Resize(ref _ids, 2 * count);
                Array.Resize(ref _ends, 2 * count);
            }
            at += length;
            (_ids[count], _ends[count]) = (id, at);
        }
        return count;
    }

    private int Unknown(ReadOnlySpan<char> word)
    {
        (_ids[0], _ends[0]) = (model.Unknown.IdFor(word), word.Length);
        return 1;
    }

    private bool IsTooLong(ReadOnlySpan<char> word)
    {
        int most = model.Definition.MaximumCharacters;
        if (word.Length <= most)
            return false;
        int scalars = 0;
        foreach (char c in word)
            if (!char.IsLowSurrogate(c) && ++scalars > most)
                return true;
        return false;
    }
}
