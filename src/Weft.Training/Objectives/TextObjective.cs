using Weft.Data;
using Weft.Training.Batches;

namespace Weft.Training.Objectives;

/// <summary>
/// How a text teaches by itself. A closed set: <see cref="CausalText"/>, <see cref="PrefixText"/>, <see cref="MaskedText"/>,
/// <see cref="SpanCorruption"/>, <see cref="Denoising"/>.
/// </summary>
public abstract record TextObjective
{
    private protected TextObjective()
    {
    }

    /// <summary>Tokens of a piece of text that fill a row of <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentException">The length is too small.</exception>
    public abstract int PieceLength(int length);

    /// <summary>What a piece of that many tokens takes up at most.</summary>
    public abstract RowSize SizeOf(int pieceLength);

    /// <summary>Tokens that a piece has beyond its length.</summary>
    public virtual int Overlap => 0;

    /// <summary>Tokens below which a piece is not worth while.</summary>
    public virtual int FewestTokens => 1;

    /// <summary>What the model reads and is to answer.</summary>
    /// <param name="ids">A piece, with its overlap.</param>
    /// <param name="random">Decides what is left to chance.</param>
    public abstract Example Make(long[] ids, KeyedRandom random);

    private protected static int AtLeast(int tokens, int length) =>
        tokens >= 1 ? tokens : throw new ArgumentException($"rows of {length} tokens have no room for text; give longer ones");

    private protected static void CheckShare(double value, string name) => Check(value is > 0 and < 1, value, name, "a share above 0 and below 1");

    /// <summary>What a table over the vocabulary says of an id.</summary>
    private protected static bool Look(IReadOnlyList<bool> table, long id, string name) => id < table.Count ? table[(int)id]
        : throw new ArgumentException($"{name} says nothing of id {id}, since it has {table.Count} entries; give one for each id of the vocabulary");

    private protected static void Check(bool possible, double value, string name, string remedy)
    {
        if (!possible)
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; give {remedy}");
    }
}

/// <summary>Each token is predicted from those before it. The first of a document has none and is not predicted.</summary>
public sealed record CausalText : TextObjective
{
    /// <inheritdoc/>
    public override int Overlap => 1;

    /// <inheritdoc/>
    public override int PieceLength(int length) => AtLeast(length, length);

    /// <inheritdoc/>
    public override RowSize SizeOf(int pieceLength) => new(pieceLength, 0);

    /// <inheritdoc/>
    public override Example Make(long[] ids, KeyedRandom random) => new(ids[..^1], ids[1..]);
}

/// <summary>
/// The first part of a text, of random length, is read both ways, and each token after it is predicted from all before (Raffel et al. 2019,
/// arXiv:1910.10683, section 3.2.1).
/// </summary>
public sealed record PrefixText : TextObjective
{
    /// <inheritdoc/>
    public override int Overlap => 1;

    /// <inheritdoc/>
    public override int PieceLength(int length) => AtLeast(length, length);

    /// <inheritdoc/>
    public override RowSize SizeOf(int pieceLength) => new(pieceLength, 0);

    /// <inheritdoc/>
    public override Example Make(long[] ids, KeyedRandom random)
    {
        // At least one token is read and one predicted.
        int prefix = 1 + random.Below(ids.Length - 1);
        long[] targets = ids[1..];
        targets.AsSpan(0, prefix - 1).Fill(TrainingBatch.Ignored);
        return new(ids[..^1], targets) { PrefixLength = prefix };
    }
}
