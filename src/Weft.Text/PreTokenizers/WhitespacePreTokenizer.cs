using Weft.Text.Normalizers;

namespace Weft.Text.PreTokenizers;

/// <summary>Hugging Face's <c>Whitespace</c>: the matches of <c>\w+|[^\w\s]+</c>.</summary>
internal sealed class WhitespacePreTokenizer() : KindPreTokenizer(
    classes => (classes & CharacterClasses.Space) != 0 ? CharacterKind.Dropped
        : (classes & CharacterClasses.Word) != 0 ? CharacterKind.Word : CharacterKind.Symbol);
