using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>
/// The regular expressions that have a scanner, by their text as tokenizer.json files and rank files write them.
/// </summary>
internal static class KnownPatterns
{
    public const string Cl100k = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string O200k = $@"{UpperLower}{AnyContraction}?|{UpperOnly}{AnyContraction}?|\p{{N}}{{1,3}}|{O200kRest}";
    public const string Tekken = $@"{UpperLower}|{UpperOnly}|\p{{N}}|{O200kRest}";

    private const string AnyContraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string UpperLower = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string UpperOnly = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";
    private const string O200kRest = @" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly ScannerPreTokenizer
        ForGpt2 = ScannerPreTokenizer.Of(default(Gpt2Pattern)),
        ForCl100k = ScannerPreTokenizer.Of(new Cl100kPattern(3)),
        ForQwen2 = ScannerPreTokenizer.Of(new Cl100kPattern(1)),
        ForO200k = ScannerPreTokenizer.Of(new O200kPattern(3, contractions: true)),
        ForTekken = ScannerPreTokenizer.Of(new O200kPattern(1, contractions: false));

    // The same languages in other words: possessive where nothing is ever given back, single characters where only they are left.
    private static readonly Dictionary<string, ScannerPreTokenizer> Scanners = new(StringComparer.Ordinal)
    {
        [Gpt2Pattern.Text] = ForGpt2,
        [@"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = ForGpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = ForGpt2,
        [Cl100k] = ForCl100k,
        [@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"] = ForCl100k,
        [Qwen2] = ForQwen2,
        [O200k] = ForO200k,
        [Tekken] = ForTekken,
    };

    /// <summary>The scanner of an expression, or null.</summary>
    public static ScannerPreTokenizer? Find(string regex) => Scanners.GetValueOrDefault(regex);
}
