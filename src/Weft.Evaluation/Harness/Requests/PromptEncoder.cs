using Weft.Evaluation.Metrics.Text;
using Weft.Inference;
using Weft.Text;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>
/// Texts to ids as lm-evaluation-harness does it: context and continuation are encoded as one text, which is then cut where the context's own ids end, so that
/// tokens at the border are those of running text.
/// </summary>
internal sealed class PromptEncoder
{
    /// <summary>Any text shows what the tokenizer puts before one.</summary>
    private const string Sample = "a";

    private readonly Tokenizer _tokenizer;

    /// <summary>What the tokenizer puts before each text.</summary>
    private readonly int[] _before;

    private readonly string? _beginning;

    public PromptEncoder(TextGenerator generator)
    {
        _tokenizer = generator.Tokenizer;
        int[] with = _tokenizer.EncodeToIds(Sample), without = _tokenizer.EncodeToIds(Sample, addSpecialTokens: false);
        _before = with[..Math.Max(0, with.AsSpan().IndexOf(without))];
        SpecialTokenRoles roles = _tokenizer.Settings.Roles;
        int? prefix = roles.Beginning?.Id ?? roles.End?.Id ?? (_before.Length > 0 ? _before[0] : null);
        if (prefix is null && generator.EndOfTextIds.Count > 0)
            prefix = generator.EndOfTextIds[0];
        PrefixId = prefix ?? throw new NotSupportedException(
            "the tokenizer names no token that begins or ends a text, so nothing can stand before the first token of a text; add bos_token or eos_token to tokenizer_config.json");
        _beginning = _tokenizer.IdToToken(PrefixId);
    }

    /// <summary>What stands before a text that nothing else stands before: the token that begins a text, else the one that ends one.</summary>
    public int PrefixId { get; }

    /// <summary>A prompt, with what the tokenizer puts before texts.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="rendered">A chat template wrote it; the beginning of the text may be in it already.</param>
    public int[] EncodePrompt(string text, bool rendered)
    {
        int[] ids = _tokenizer.EncodeToIds(text, addSpecialTokens: false, parseSpecialTokens: rendered);
        bool begun = rendered && _beginning is not null && text.StartsWith(_beginning, StringComparison.Ordinal);
        return begun ? ids : [.. _before, .. ids];
    }

    /// <summary>A text without anything around it.</summary>
    public int[] EncodeText(string text) => _tokenizer.EncodeToIds(text, addSpecialTokens: false);

    /// <summary>A context and what follows it. White space at the context's end goes to the continuation, since tokens begin with it, not end.</summary>
    /// <exception cref="InvalidDataException">The continuation has no token of its own.</exception>
    public TokenRequest EncodePair(ContinuationRequest request)
    {
        string kept = PythonText.TrimEnd(request.Context), continuation = request.Context[kept.Length..] + request.Continuation;
        if (kept.Length == 0)
        {
            int[] ids = EncodeText(continuation);
            // The text may begin with the very token that stands for nothing.
            return ids.Length > 1 && ids[0] == PrefixId ? new([PrefixId], ids[1..]) : Checked(new([PrefixId], ids), request);
        }
        int[] context = EncodePrompt(kept, request.IsRendered), whole = EncodePrompt(kept + continuation, request.IsRendered);
        if (whole.Length > context.Length)
            return new(context, whole[context.Length..]);
        // A short continuation may be one token with the context's end, which lm-evaluation-harness refuses: it is then scored from where the ids part.
        int common = context.AsSpan().CommonPrefixLength(whole);
        return Checked(common > 0 ? new(whole[..common], whole[common..]) : new([PrefixId], whole), request);
    }

    private static TokenRequest Checked(TokenRequest request, ContinuationRequest texts) => request.Continuation.Length > 0 ? request
        : throw new InvalidDataException($"{texts.Source}: the continuation '{texts.Continuation}' gives no token; correct the row");
}
