using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Batches;

/// <summary>What a run learns from, one example for each index; where chance has a part in it, anew at each visit. Safe for concurrent use.</summary>
public abstract class Examples
{
    private protected Examples()
    {
    }

    /// <summary>How many there are.</summary>
    public abstract long Count { get; }

    /// <summary>No example is larger.</summary>
    public abstract RowSize Size { get; }

    /// <summary>Mean length of an example, in tokens of the decoder, or of an encoder alone.</summary>
    public abstract double MeanLength { get; }

    /// <summary>Makes one.</summary>
    /// <param name="index">From 0 to <see cref="Count"/>, exclusive.</param>
    /// <param name="random">Decides what is left to chance.</param>
    public abstract Example Make(long index, KeyedRandom random);
}

/// <summary>The documents of a shard, those that are too long in pieces, turned into examples by an objective.</summary>
public sealed class DocumentExamples : Examples
{
    private readonly TextObjective _objective;
    private readonly DocumentPieces _pieces;

    /// <summary>Lays out the examples.</summary>
    /// <param name="shard">The documents; it stays the caller's.</param>
    /// <param name="objective">What is to be learnt from them.</param>
    /// <param name="length">Most tokens of a row; of the encoder, where there is one beside a decoder.</param>
    /// <exception cref="ArgumentException">No document is long enough, or the objective does not suit the length.</exception>
    public DocumentExamples(ITokenSequence shard, TextObjective objective, int length)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(objective);
        _objective = objective;
        int pieceLength = objective.PieceLength(length);
        _pieces = new(shard, pieceLength, objective.Overlap, objective.FewestTokens);
        Size = objective.SizeOf(pieceLength);
        if (Count == 0)
            throw new ArgumentException($"{shard.Name} has no document of {objective.FewestTokens + objective.Overlap} tokens or more; give it more text");
        int ofMean = Math.Clamp((int)Math.Round((double)_pieces.TokenCount / Count), objective.FewestTokens, pieceLength);
        MeanLength = objective.SizeOf(ofMean).Length;
    }

    /// <inheritdoc/>
    public override long Count => _pieces.Count;

    /// <inheritdoc/>
    public override RowSize Size { get; }

    /// <inheritdoc/>
    public override double MeanLength { get; }

    /// <inheritdoc/>
    public override Example Make(long index, KeyedRandom random) => _objective.Make(_pieces[index], random);
}
