namespace Weft.Text.Bpe;

/// <summary>Takes user-defined pieces out of the text, the longest at each place, and encodes what lies between.</summary>
internal sealed class UserDefinedEncoder(CharTrie symbols, PieceEncoder between) : PieceEncoder
{
    public override void Accept(in Piece piece)
    {
        int from = 0;
        for (int at = 0; at < piece.Length;)
        {
            int id = symbols.Longest(piece.Text[at..], out int length);
            if (id < 0)
            {
                at++;
                continue;
            }
            Encode(piece.Slice(from, at - from));
            Output.Add(id, piece.OriginOf(at, at + length));
            from = at += length;
        }
        Encode(piece.Slice(from, piece.Length - from));
    }

    private void Encode(in Piece piece)
    {
        if (piece.Length == 0)
            return;
        between.Output.Begin(piece.IsTracked);
        between.Accept(piece);
        if (!piece.IsTracked)
            Output.AddRange(between.Output.Ids);
        for (int i = 0; i < between.Output.Origins.Length; i++)
            Output.Add(between.Output.Ids[i], between.Output.Origins[i]);
    }
}
