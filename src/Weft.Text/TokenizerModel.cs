using System.Text.Json;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>
/// What turns a piece of text into ids: byte-pair encoding, word pieces, a unigram language model, or whole words. Immutable and shared by
/// all threads; <see cref="Open"/> gives a thread its buffers.
/// </summary>
internal abstract class TokenizerModel
{
    /// <summary>Id of each token of the model, added tokens not counted. Ids may leave gaps.</summary>
    public abstract IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>An encoder with buffers of its own. One thread at a time.</summary>
    public abstract PieceEncoder Open();

    /// <summary>The model without matches of tokens that mark structure, where text could become them.</summary>
    public virtual TokenizerModel WithoutMatching(IReadOnlySet<int> ids) => this;

    /// <summary>Writes the fields of the <c>model</c> object of a tokenizer.json, its type first.</summary>
    public abstract void Write(Utf8JsonWriter writer);
}

/// <summary>Encodes pieces into a list, with the buffers and caches of one thread.</summary>
internal abstract class PieceEncoder : IPieceSink
{
    /// <summary>The ids since it was last emptied.</summary>
    public TokenList Output { get; } = new();

    /// <summary>Appends the ids of a piece that is not empty.</summary>
    public abstract void Accept(in Piece piece);
}
