using Weft.Inference;

namespace Weft.Tasks;

/// <summary>How texts are translated.</summary>
public sealed record TranslationOptions : RewritingOptions
{
    /// <summary>The language of the source as the model names it: <c>en</c> (M2M-100, T5), <c>eng_Latn</c> (NLLB). Null where the model is not told, as Marian's.</summary>
    public string? SourceLanguage { get; init; }

    /// <summary>The language of the translation likewise, or <c>fra</c> for Marian's models of several targets. Null where the model has but one.</summary>
    public string? TargetLanguage { get; init; }
}

/// <summary>Translates texts with an encoder-decoder. Safe to use from several threads.</summary>
public sealed class Translator
{
    private readonly SourceRewriter _rewriter;

    /// <param name="model">An encoder-decoder; not owned.</param>
    /// <param name="options">From and to which language, and how.</param>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder.</exception>
    /// <exception cref="ArgumentException">The model does not know a language, or an option is impossible.</exception>
    public Translator(LanguageModel model, TranslationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new();
        Languages = LanguageRoute.Known(model.Tokenizer);
        var route = LanguageRoute.Of(model, options.SourceLanguage, options.TargetLanguage);
        _rewriter = new(model, options, route, route.Task);
    }

    /// <summary>Languages that the model can be told of; empty where it is made for one pair.</summary>
    public IReadOnlyList<string> Languages { get; }

    /// <summary>The likeliest translation of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ct">Ends it between two tokens.</param>
    /// <exception cref="ArgumentException">The text does not fit the context, and <see cref="RewritingOptions.Long"/> has no other policy.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Translate(string text, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_rewriter.Long != LongInput.MapReduce || _rewriter.Fits(text))
            return _rewriter.Write(text, ct)[0].Text;
        // White space between the parts is theirs, not the model's to write.
        return string.Concat(_rewriter.Split(text).Select(part => part.Trim() is not { Length: > 0 } own ? part
            : part[..(part.Length - part.TrimStart().Length)] + _rewriter.Write(own, ct)[0].Text.Trim() + part[part.TrimEnd().Length..]));
    }

    /// <summary>The translations that the search ends with, one for each beam or fewer, the best first.</summary>
    /// <inheritdoc cref="Translate"/>
    public IReadOnlyList<Hypothesis> Candidates(string text, CancellationToken ct = default) => _rewriter.Write(text, ct);
}
