using Weft.Text.Normalizers;

namespace Weft.Text.PreTokenizers;

/// <summary>BERT's split (Devlin et al. 2019): at white space, and punctuation stands alone.</summary>
internal sealed class BertPreTokenizer() : KindPreTokenizer(
    classes => (classes & CharacterClasses.Space) != 0 ? CharacterKind.Dropped
        : (classes & CharacterClasses.Punctuation) != 0 ? CharacterKind.Alone : CharacterKind.Word);
