using Weft.Text.Normalizers;

namespace Weft.Text.PreTokenizers;

/// <summary>Hugging Face's <c>WhitespaceSplit</c>: words are what stands between white space.</summary>
internal sealed class WhitespaceSplitPreTokenizer() : KindPreTokenizer(
    classes => (classes & CharacterClasses.Space) != 0 ? CharacterKind.Dropped : CharacterKind.Word);
