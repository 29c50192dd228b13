using System.Text;

namespace Weft.Text.Normalizers;

/// <summary>Rewrites text before it is split. Implementations are immutable.</summary>
internal abstract class Normalizer
{
    /// <summary>The steps of a sequence; a single normalizer is its own only step.</summary>
    public virtual IEnumerable<Normalizer> Steps => [this];

    /// <summary>False when the text would come out as it is; a quick look, which may say true for nothing.</summary>
    public virtual bool Affects(in Piece piece) => piece.Length > 0;

    /// <summary>Appends the piece, rewritten.</summary>
    /// <param name="piece">What <see cref="Affects"/> was true for.</param>
    /// <param name="output">Begun for the piece.</param>
    public abstract void Normalize(in Piece piece, AlignedText output);

    /// <summary>All steps on a text by itself.</summary>
    public string Normalize(string text)
    {
        var buffers = new NormalizerBuffers();
        return buffers.Run([.. Steps], new Piece(text)).Text.ToString();
    }

    /// <summary>The scalar at a place in well-formed text, and its UTF-16 units.</summary>
    protected static Rune ScalarAt(ReadOnlySpan<char> text, int at, out int length)
    {
        char c = text[at];
        length = char.IsSurrogate(c) ? 2 : 1;
        return length == 1 ? new Rune(c) : new Rune(c, text[at + 1]);
    }
}

/// <summary>Applies normalizers one after another.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override IEnumerable<Normalizer> Steps => steps.SelectMany(step => step.Steps);

    public override void Normalize(in Piece piece, AlignedText output) =>
        output.Append(new NormalizerBuffers().Run([.. Steps], piece));
}

/// <summary>Two buffers between which a text goes back and forth, step by step. One thread at a time.</summary>
internal sealed class NormalizerBuffers
{
    private AlignedText _from = new(), _to = new();

    /// <summary>The piece after all steps; valid until the next call.</summary>
    public Piece Run(ReadOnlySpan<Normalizer> steps, Piece piece)
    {
        foreach (Normalizer step in steps)
        {
            if (!step.Affects(piece))
                continue;
            _to.Begin(piece);
            step.Normalize(piece, _to);
            (_from, _to) = (_to, _from);
            piece = _from.Piece;
        }
        return piece;
    }
}

/// <summary>Puts a prefix before text that is not empty: SentencePiece's mark of a word's start.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override void Normalize(in Piece piece, AlignedText output)
    {
        output.Append(prefix, piece.OriginOf(0, 1));
        output.Append(piece);
    }
}
