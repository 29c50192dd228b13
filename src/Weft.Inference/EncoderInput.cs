using Weft.Model;

namespace Weft.Inference;

/// <summary>One sequence among several that an encoder reads together.</summary>
/// <param name="Ids">[T], at least one.</param>
/// <param name="TokenTypes">BERT's segment of each of them, [T]; empty for segment 0 throughout.</param>
public readonly record struct EncoderInput(ReadOnlyMemory<int> Ids, ReadOnlyMemory<int> TokenTypes = default)
{
    internal ModelInput ToModelInput() => new(Ids.Span) { TokenTypes = TokenTypes.Span };
}
