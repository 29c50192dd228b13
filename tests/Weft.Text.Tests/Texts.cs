using CsCheck;

namespace Weft.Text.Tests;

/// <summary>Random texts that look for trouble.</summary>
internal static class Texts
{
    private static readonly string[] Fragments =
    [
        "the", " the", "hello", " world", "don't", "we'll", "'S", "''", "'", " ", "  ", "   ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "\u2028",
        "0", "42", "٣", "½", "Ⅷ", "é", "e\u0301", "ſ", "日本", "語", "中", "😀", "👩‍👩‍👧", "𝐀", "𝟙", "𠀀", "▁", "Ġ", "<|endoftext|>", "<s>", "\0",
        "\uFFFD", "\uFFFF", "\uD800", "\uDC00", "a", "aa", "aaaaaaaaaaaaaaaa", "b", "ab", "!", "...", "<0x0A>",
    ];

    private static readonly Gen<string> Piece = Gen.Frequency(
        (8, OneOf(Fragments)),
        (1, Gen.Char.Array[0, 3].Select(characters => new string(characters))),
        (1, Gen.Select(OneOf("a", "ab", " ", "é", "😀", "\n"), Gen.Int[1, 80], (text, times) => string.Concat(Enumerable.Repeat(text, times)))));

    public static Gen<string> Any { get; } = Piece.Array[0, 24].Select(string.Concat);

    public static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    /// <summary>The text with U+FFFD for each half of a surrogate pair.</summary>
    public static string WellFormed(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));

    /// <summary>The tokens of a text, as the vocabulary spells them.</summary>
    public static string?[] Tokens(Tokenizer tokenizer, string text, bool parse = false) =>
        [.. tokenizer.EncodeToIds(text, parseSpecialTokens: parse).Select(tokenizer.IdToToken)];
}
