using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Which document each token of some rows belongs to, where in it the token stands, and which tokens are seen from before them.
/// Legend: B rows, T tokens.
/// </summary>
internal sealed class TokenLayout
{
    private readonly int[] _starts;
    private readonly int[] _ends;

    private TokenLayout(int rows, int length, long[]? documents, long[]? positions, bool[]? prefix)
    {
        (Rows, Length, Documents, Positions, Prefix) = (rows, length, documents, positions, prefix);
        (_starts, _ends) = (new int[rows * length], new int[rows * length]);
        for (int row = 0; row < rows; row++)
            FindDocuments(row);
        int[] lengths = [.. _ends.Zip(_starts, (end, start) => end - start)];
        (LongestDocument, ForeignKeys) = (lengths.Max(), length - lengths.Average());
        OneDocumentARow = Enumerable.Range(0, rows * length).All(i => _starts[i] == 0 || IsPadding(i));
        PositionsFollowRow = positions is null || Enumerable.Range(0, rows * length).All(i => positions[i] == i % length || IsPadding(i));
    }

    /// <summary>B.</summary>
    public int Rows { get; }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary>Number of each token's document, [B, T]; null where each row is one.</summary>
    public long[]? Documents { get; }

    /// <summary>Position of each token, [B, T]; null where they count from 0 along the row.</summary>
    public long[]? Positions { get; }

    /// <summary>Tokens that the earlier ones of their document see too, [B, T]; null: none.</summary>
    public bool[]? Prefix { get; }

    /// <summary>Each row is one document, perhaps with padding behind it: a causal mask then keeps the two apart by itself.</summary>
    public bool OneDocumentARow { get; }

    /// <summary>Tokens of the longest document.</summary>
    public int LongestDocument { get; }

    /// <summary>Tokens of other documents in a token's row, on the mean.</summary>
    public double ForeignKeys { get; }

    /// <summary>Positions, where it matters, count from 0 along the row.</summary>
    public bool PositionsFollowRow { get; }

    /// <summary>Null where there is nothing to say: each row one document, positions along it, none seen from before it.</summary>
    /// <exception cref="ArgumentException">A document is not in one piece.</exception>
    public static TokenLayout? Of(int rows, int length, long[]? documents, long[]? positions, bool[]? prefix) =>
        documents is null && positions is null && prefix is null ? null : new(rows, length, documents, positions, prefix);

    /// <summary>Where the document of token <paramref name="index"/> (of [B, T]) begins in its row.</summary>
    public int Start(int index) => _starts[index];

    /// <summary>Where the document of token <paramref name="index"/> (of [B, T]) ends in its row; exclusive.</summary>
    public int End(int index) => _ends[index];

    /// <summary>The token at <paramref name="index"/> (of [B, T]) fills up its row and means nothing.</summary>
    public bool IsPadding(int index) => Documents is not null && Documents[index] < 0;

    /// <summary>Positions plus <paramref name="offset"/>, [B·T].</summary>
    public Tensor PositionRows(long offset, Device device) =>
        tensor([.. Enumerable.Range(0, Rows * Length).Select(i => (Positions is null ? i % Length : Positions[i]) + offset)], ScalarType.Int64, device);

    /// <summary>False where a token is padding, [B·T].</summary>
    public Tensor Meaningful(Device device) => tensor([.. Enumerable.Range(0, Rows * Length).Select(i => !IsPadding(i))], device: device);

    private void FindDocuments(int row)
    {
        int first = row * Length;
        var seen = new HashSet<long>();
        for (int start = 0; start < Length;)
        {
            int end = start + 1;
            if (Documents is null)
                end = Length;
            while (end < Length && Documents![first + end] == Documents[first + start])
                end++;
            if (Documents is not null && !seen.Add(Documents[first + start]))
                throw new ArgumentException($"document {Documents[first + start]} of row {row} begins anew at token {start}; a document lies in one piece");
            _starts.AsSpan(first + start, end - start).Fill(start);
            _ends.AsSpan(first + start, end - start).Fill(end);
            start = end;
        }
    }
}
