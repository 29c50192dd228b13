using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>From which language to which, in the tokens by which a model is told.</summary>
/// <param name="Before">Ids before the source.</param>
/// <param name="After">Ids after the source, where these replace the tokenizer's own.</param>
/// <param name="Replaces">Nothing else stands around the source.</param>
/// <param name="ForcedBegin">What the decoder begins with; null for the model's own.</param>
/// <param name="Task">The name of the task in the model's config.</param>
internal sealed partial record LanguageRoute(int[] Before, int[] After, bool Replaces, int? ForcedBegin, string Task)
{
    /// <summary>Languages of an error message; some models have hundreds.</summary>
    private const int MostNamed = 12;

    /// <summary>A model that is told of no languages.</summary>
    public static LanguageRoute None { get; } = new([], [], false, null, "translation");

    /// <summary>The tokens of a route.</summary>
    /// <param name="model">Whose tokenizer and config.</param>
    /// <param name="source">As M2M-100 (<c>en</c>), NLLB (<c>eng_Latn</c>) or T5's config name it; null where the model is not to be told.</param>
    /// <param name="target">Likewise, or as Marian's models of several targets do (<c>fra</c>).</param>
    /// <exception cref="ArgumentException">The model does not know a language, or is not told of languages.</exception>
    public static LanguageRoute Of(LanguageModel model, string? source, string? target)
    {
        if (source is null && target is null)
            return None;
        if (target is null)
            throw new ArgumentException($"the source language is '{source}', but there is no target language; name both", nameof(target));
        Tokenizer tokenizer = model.Tokenizer;
        string task = $"translation_{source}_to_{target}";
        if (source is not null && model.Config.Object("task_specific_params").Object(task).Text("prefix") is not null)
            return None with { Task = task };
        if (tokenizer.TokenToId($">>{target}<<") is { } marian)
            return source is null ? None with { Before = [marian] }
                : throw new ArgumentException($"model '{model.Path}' is not told its source language; leave '{source}' out", nameof(source));
        int begin = LanguageToken(tokenizer, target) ?? throw Unknown(model, target);
        if (source is null)
            return None with { ForcedBegin = begin };
        int end = tokenizer.Settings.Roles.End?.Id ?? (model.Generator.EndOfTextIds is [var first, ..] ? first
            : throw new NotSupportedException($"model '{model.Path}' does not say what ends a text; add eos_token_id to its config.json"));
        return new([LanguageToken(tokenizer, source) ?? throw Unknown(model, source)], [end], true, begin, task);
    }

    /// <summary>Languages that a model can be told of, as far as its tokenizer shows them.</summary>
    public static IReadOnlyList<string> Known(Tokenizer tokenizer) =>
        [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(id => LanguageName().Match(tokenizer.IdToToken(id) ?? ""))
            .Where(match => match.Success).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal)];

    private static int? LanguageToken(Tokenizer tokenizer, string language) =>
        tokenizer.TokenToId(string.Create(CultureInfo.InvariantCulture, $"__{language}__"))
        ?? (tokenizer.TokenToId(language) is { } id && tokenizer.IsSpecial(id) ? id : null);

    private static ArgumentException Unknown(LanguageModel model, string language)
    {
        IReadOnlyList<string> known = Known(model.Tokenizer);
        return new(known.Count == 0
            ? $"model '{model.Path}' is not told of languages, so '{language}' means nothing to it; leave the languages out"
            : $"model '{model.Path}' does not know the language '{language}'; it knows {string.Join(", ", known.Take(MostNamed))}{(known.Count > MostNamed ? $" and {known.Count - MostNamed} more" : "")}");
    }

    /// <summary>M2M-100's <c>__en__</c>, Marian's <c>>>fra&lt;&lt;</c>, NLLB's <c>eng_Latn</c>.</summary>
    [GeneratedRegex(@"^(?:__(?<name>\w+?)__|>>(?<name>[\w-]+)<<|(?<name>[a-z]{3}_[A-Z][a-z]{3}))$")]
    private static partial Regex LanguageName();
}
