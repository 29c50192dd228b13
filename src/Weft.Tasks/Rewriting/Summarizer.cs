using Weft.Inference;

namespace Weft.Tasks;

/// <summary>
/// Summarizes texts with an encoder-decoder. A text that does not fit, where <see cref="LongInput.MapReduce"/> is chosen, is summarized in parts, and their summaries
/// together, until they fit. Safe to use from several threads.
/// </summary>
public sealed class Summarizer
{
    private readonly SourceRewriter _rewriter;

    /// <param name="model">An encoder-decoder; not owned.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder.</exception>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public Summarizer(LanguageModel model, RewritingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _rewriter = new(model, options ?? new(), LanguageRoute.None, "summarization");
    }

    /// <summary>The likeliest summary of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ct">Ends it between two tokens.</param>
    /// <exception cref="ArgumentException">
    /// The text does not fit the context, and <see cref="RewritingOptions.Long"/> has no other policy; or the summaries of its parts are no shorter than the text.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Summarize(string text, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        while (_rewriter.Long == LongInput.MapReduce && !_rewriter.Fits(text))
        {
            string[] parts = [.. _rewriter.Split(text).Where(part => !string.IsNullOrWhiteSpace(part))];
            string together = string.Join('\n', parts.Select(part => _rewriter.Write(part.Trim(), ct)[0].Text.Trim()));
            (int before, int after) = (_rewriter.Encode(text).Length, _rewriter.Encode(together).Length);
            if (after >= before)
                throw new ArgumentException(
                    $"the summaries of {parts.Length} parts are {after} tokens together, no fewer than the {before} of the text; allow fewer with MaximumTokens, or use a model made for summaries", nameof(text));
            text = together;
        }
        return _rewriter.Write(text, ct)[0].Text;
    }

    /// <summary>The summaries that the search ends with, one for each beam or fewer, the best first.</summary>
    /// <inheritdoc cref="Summarize"/>
    public IReadOnlyList<Hypothesis> Candidates(string text, CancellationToken ct = default) => _rewriter.Write(text, ct);
}
