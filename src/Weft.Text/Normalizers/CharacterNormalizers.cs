using System.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Normalizers;

/// <summary>The normalizers of a tokenizer.json that treat each character by itself.</summary>
internal static class CharacterNormalizers
{
    /// <summary>The full lower case of each character by itself, so that a sigma at a word's end is as any other.</summary>
    public static Normalizer Lowercase { get; } = new ScalarNormalizer(CharacterTables.Instance.LowerCase);

    /// <summary>What SentencePiece's rules for neural machine translation do to control characters and white space.</summary>
    public static Normalizer Nmt { get; } = new ScalarNormalizer(scalar => scalar switch
    {
        (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F => "",
        0x9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => " ",
        _ => char.ConvertFromUtf32(scalar),
    });

    /// <summary>Each byte of UTF-8 as the character that stands for it.</summary>
    public static Normalizer ByteLevel { get; } = new ScalarNormalizer(scalar =>
        string.Concat(Encoding.UTF8.GetBytes(char.ConvertFromUtf32(scalar)).Select(ByteAlphabet.ToCharacter)));

    /// <summary>Takes out the characters of a class.</summary>
    public static Normalizer Without(CharacterClasses classes) => new ScalarNormalizer(scalar =>
        (CharacterTables.Instance.ClassesOf(scalar) & classes) != 0 ? "" : char.ConvertFromUtf32(scalar));
}

/// <summary>Takes white space off the ends of the text.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override void Normalize(in Piece piece, AlignedText output)
    {
        int start = 0, end = piece.Length;
        while (left && start < end && IsSpace(piece.Text[start]))
            start++;
        while (right && end > start && IsSpace(piece.Text[end - 1]))
            end--;
        output.Append(piece.Slice(start, end - start));
    }

    // All white space is in the basic plane.
    private static bool IsSpace(char c) => (CharacterTables.Instance.ClassesOf(c) & CharacterClasses.Space) != 0;
}
