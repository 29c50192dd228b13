using System.Globalization;
using System.Text;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>A text to look at.</summary>
/// <param name="Name">Its language, or its file.</param>
/// <param name="Language">Its language's code, for a page; null where nobody knows.</param>
/// <param name="Text">The text.</param>
internal sealed record NamedText(string Name, string? Language, string Text);

/// <summary>How many tokens a text takes.</summary>
/// <param name="Text">The text.</param>
/// <param name="Characters">Its Unicode scalars.</param>
/// <param name="Bytes">Its bytes in UTF-8.</param>
/// <param name="Tokens">Its ids, without special tokens around it.</param>
internal sealed record TextCompression(NamedText Text, long Characters, long Bytes, long Tokens)
{
    /// <summary>Names of the unknown token where no file tells it.</summary>
    private static readonly string[] UnknownNames = ["<unk>", "[UNK]"];

    /// <summary>Characters that the vocabulary does not know, and what of the other numbers stands for them.</summary>
    public (long Characters, long Bytes, long Tokens) Unknown { get; private init; }

    /// <summary>Of all characters.</summary>
    public double UnknownShare => Characters == 0 ? 0 : (double)Unknown.Characters / Characters;

    /// <summary>Of what the vocabulary knows: one unknown token may stand for any amount of text. Null where it knows nothing.</summary>
    public double? TokensPerCharacter => Divide(Tokens - Unknown.Tokens, Characters - Unknown.Characters);

    /// <summary>Likewise.</summary>
    public double? BytesPerToken => Characters == Unknown.Characters ? null : Divide(Bytes - Unknown.Bytes, Tokens - Unknown.Tokens);

    public static TextCompression Of(Tokenizer tokenizer, NamedText text)
    {
        int? unknownId = tokenizer.Settings.Roles.Unknown?.Id ?? UnknownNames.Select(tokenizer.TokenToId).FirstOrDefault(id => id is not null);
        long tokens = 0, unknownTokens = 0;
        var unknown = new StringBuilder();
        foreach (EncodedToken token in tokenizer.EncodeToTokens(text.Text, addSpecialTokens: false))
        {
            tokens++;
            if (token.Id != unknownId)
                continue;
            unknownTokens++;
            unknown.Append(text.Text.AsSpan()[token.Offset]);
        }
        (long characters, long bytes) = Size(text.Text);
        (long unknownCharacters, long unknownBytes) = Size(unknown.ToString());
        return new(text, characters, bytes, tokens) { Unknown = (unknownCharacters, unknownBytes, unknownTokens) };
    }

    private static double? Divide(long part, long whole) => whole <= 0 ? null : (double)part / whole;

    private static (long Characters, long Bytes) Size(string text) => (text.EnumerateRunes().LongCount(), Encoding.UTF8.GetByteCount(text));
}

/// <summary>A special token and the parts that it plays.</summary>
internal sealed record SpecialTokenLine(int Id, string Content, IReadOnlyList<string> Roles);

/// <summary>What there is to tell about a tokenizer.</summary>
/// <param name="Path">Where it came from.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Texts">The texts and what it makes of them.</param>
internal sealed record TokenizerReport(string Path, Tokenizer Tokenizer, IReadOnlyList<TextCompression> Texts)
{
    /// <summary>Names and values, most important first.</summary>
    public IEnumerable<(string Name, string Value)> Facts()
    {
        TokenizerComponents components = Tokenizer.Components;
        yield return ("model", components.Model);
        yield return ("vocabulary", string.Create(CultureInfo.InvariantCulture, $"{Tokenizer.VocabularySize:N0} ids"));
        yield return ("normalizer", components.Normalizer ?? "none");
        yield return ("pre-tokenizer", components.PreTokenizer ?? "none");
        yield return ("post-processor", components.PostProcessor ?? "none");
        yield return ("decoder", components.Decoder ?? "none");
        if (Tokenizer.Settings.ModelMaximumLength is { } length)
            yield return ("longest text", string.Create(CultureInfo.InvariantCulture, $"{length:N0} ids"));
    }

    /// <summary>The special tokens by id.</summary>
    public IEnumerable<SpecialTokenLine> SpecialTokens() => Tokenizer.SpecialTokenNames
        .Select(name => new SpecialTokenLine(Tokenizer.TokenToId(name)!.Value, name,
            [.. Tokenizer.Settings.Roles.Named().Where(role => role.Token.Content == name).Select(role => role.Name)]))
        .OrderBy(token => token.Id);
}
