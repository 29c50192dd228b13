using System.Buffers;
using Microsoft.ML.Tokenizers;
using MachineLearningToken = Microsoft.ML.Tokenizers.EncodedToken;

namespace Weft.Text.MachineLearning;

/// <summary>
/// A Weft tokenizer where Microsoft.ML.Tokenizers asks for one of its own. Offsets and indices are UTF-16 units of the text as it was
/// given: no normalized text is handed out. As safe to use from many threads as the tokenizer itself.
/// </summary>
/// <remarks>
/// Normalizer and pre-tokenizer are parts of what the ids mean, so <c>considerNormalization: false</c> and
/// <c>considerPreTokenization: false</c> throw <see cref="NotSupportedException"/> where the tokenizer has such a part, and change nothing
/// where it has none.
/// </remarks>
public sealed class MachineLearningTokenizer : Microsoft.ML.Tokenizers.Tokenizer
{
    private readonly MachineLearningTokenizerOptions _options;
    private readonly EncodeOptions _encode;
    private readonly TokenizerComponents _components;

    /// <summary>Wraps a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">Null for the defaults.</param>
    public MachineLearningTokenizer(Tokenizer tokenizer, MachineLearningTokenizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (Inner, _options, _components) = (tokenizer, options ?? new(), tokenizer.Components);
        _encode = new() { AddSpecialTokens = _options.AddSpecialTokens, AllowedSpecialTokens = _options.AllowedSpecialTokens };
    }

    /// <summary>The tokenizer behind.</summary>
    public Tokenizer Inner { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary size.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Inner.Decode([.. ids], _options.SkipSpecialTokens);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below the vocabulary size.</exception>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Inner.Decode([.. ids], destination, out idsConsumed, out charsWritten, _options.SkipSpecialTokens);
    }

    /// <inheritdoc/>
    protected override EncodeResults<MachineLearningToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string whole = Check(text, textSpan, settings);
        TokenCuts cuts = new(Inner.Encode(whole, _encode), whole.Length);
        int count = cuts.Fitting(settings.MaxTokenCount);
        var tokens = new MachineLearningToken[count];
        for (int i = 0; i < count; i++)
            tokens[i] = new(cuts.Text.Ids[i], Inner.IdToToken(cuts.Text.Ids[i])!, cuts.Text.Offsets[i]);
        return new() { Tokens = tokens, CharsConsumed = cuts.IndexAfter(count) };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        Check(settings);
        ReadOnlySpan<char> span = text is null ? textSpan : text;
        int[] ids = Inner.EncodeToIds(span, _options.AddSpecialTokens, _options.AllowedSpecialTokens);
        if (ids.Length <= settings.MaxTokenCount)
            return new() { Tokens = ids, CharsConsumed = span.Length };
        TokenCuts cuts = new(Inner.Encode(span.ToString(), _encode), span.Length);
        int count = cuts.Fitting(settings.MaxTokenCount);
        return new() { Tokens = ids[..count], CharsConsumed = cuts.IndexAfter(count) };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        string whole = Check(text, textSpan, settings);
        normalizedText = null;
        TokenCuts cuts = new(Inner.Encode(whole, _encode), whole.Length);
        if (!fromEnd)
        {
            tokenCount = cuts.Fitting(settings.MaxTokenCount);
            return cuts.IndexAfter(tokenCount);
        }
        int first = cuts.FittingFromEnd(settings.MaxTokenCount);
        tokenCount = cuts.Text.Ids.Length - first;
        return first == 0 ? 0 : tokenCount == 0 ? whole.Length : cuts.IndexAfter(first);
    }

    private string Check(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        Check(settings);
        return text ?? textSpan.ToString();
    }

    private void Check(EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount);
        if (!settings.ConsiderNormalization && _components.Normalizer is { } normalizer)
            throw new NotSupportedException($"considerNormalization is false, but the ids of this tokenizer have a meaning after its normalizer ({normalizer}) only; leave it true");
        if (!settings.ConsiderPreTokenization && _components.PreTokenizer is { } preTokenizer)
            throw new NotSupportedException($"considerPreTokenization is false, but the ids of this tokenizer have a meaning after its pre-tokenizer ({preTokenizer}) only; leave it true");
    }
}
