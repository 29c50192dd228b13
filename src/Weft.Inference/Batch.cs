using Weft.Inference.Threading;

namespace Weft.Inference;

// T tokens of all pieces.

/// <summary>
/// Pieces of one or more sequences, prompts and single tokens alike, on their way through the blocks of a stack. Their tokens are rows of one workspace: what
/// treats each token by itself sees [T, …], attention sees the pieces.
/// </summary>
/// <param name="team">Who computes.</param>
/// <param name="workspace">Activations.</param>
internal sealed class Batch(Team team, Workspace workspace)
{
    private SequencePiece[] _pieces = new SequencePiece[1];
    private int _count;

    /// <summary>Who computes.</summary>
    public Team Team => team;

    /// <summary>Activations, [T, …].</summary>
    public Workspace Workspace { get; set; } = workspace;

    /// <summary>T.</summary>
    public int Tokens { get; private set; }

    /// <summary>Tells this filling of the batch from the ones before.</summary>
    public int Number { get; private set; }

    /// <summary>Asked for between two blocks.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Where to tell how tokens attend to their sources; null where nobody asks.</summary>
    public SourceAttention? SourceAttention { get; set; }

    /// <summary>The pieces in the order of their rows.</summary>
    public ReadOnlySpan<SequencePiece> Pieces => _pieces.AsSpan(0, _count);

    /// <summary>The batch with one piece alone.</summary>
    public Batch Of(SequencePiece piece)
    {
        Clear();
        Add(piece);
        return this;
    }

    /// <summary>Takes all pieces out.</summary>
    public void Clear()
    {
        _pieces.AsSpan(0, _count).Clear();
        _count = Tokens = 0;
        Number++;
    }

    /// <summary>Adds a piece, whose row has to be <see cref="Tokens"/>.</summary>
    public void Add(SequencePiece piece)
    {
        if (_count == _pieces.Length)
            Array.Resize(ref _pieces, 2 * _count);
        _pieces[_count++] = piece;
        Tokens += piece.Tokens;
    }
}
