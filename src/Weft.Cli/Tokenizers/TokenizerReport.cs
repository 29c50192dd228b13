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
    public double TokensPerCharacter => Characters == 0 ? 0 : (double)Tokens / Characters;

    public double BytesPerToken => Tokens == 0 ? 0 : (double)Bytes / Tokens;

    public static TextCompression Of(Tokenizer tokenizer, NamedText text) => new(text,
        text.Text.EnumerateRunes().LongCount(), Encoding.UTF8.GetByteCount(text.Text), tokenizer.CountTokens(text.Text, addSpecialTokens: false));
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
