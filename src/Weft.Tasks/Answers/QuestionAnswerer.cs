using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>
/// Answers questions by parts of a text, with a model of spans: as the script of SQuAD does it, spans of all windows compete by their logits, and no answer has the least score
/// that it has in any window. Safe to use from several threads.
/// </summary>
public sealed class QuestionAnswerer
{
    private readonly LanguageModel _model;
    private readonly QuestionAnsweringOptions _options;

    /// <param name="model">A model with a head of spans; not owned.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NotSupportedException">The model has another head.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    public QuestionAnswerer(LanguageModel model, QuestionAnsweringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        model.Head<HeadSpec.Spans>("a question answerer");
        _options = (options ?? new()).Validate();
    }

    /// <summary>Looks for an answer.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">The text that answers it.</param>
    /// <param name="ct">Ends it between two windows.</param>
    /// <exception cref="ArgumentException">Both do not fit the model's context, and <see cref="QuestionAnsweringOptions.Long"/> has no other policy.</exception>
    /// <exception cref="NotSupportedException">The tokenizer has no template for two texts.</exception>
    public AnswerSearch Answer(string question, string context, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(context);
        Dictionary<(int Start, int End), double> found = [];
        double? none = null;
        foreach (TextWindow window in TextWindows.Of(_model, question, context, new(_options.Long, _options.Overlap)))
        {
            ct.ThrowIfCancellationRequested();
            EncodedText text = window.Text;
            float[] logits = _model.ComputeOutputs(text);
            bool[] permitted = [.. text.Sequences.Select(sequence => sequence == 1)];
            foreach (ScoredSpan span in SpanSearch.Best(logits, permitted, _options.MaximumAnswerTokens, _options.Candidates))
            {
                (int, int) place = Trim(context, text.Offsets[span.First].Start.Value, text.Offsets[span.Last].End.Value);
                found[place] = Math.Max(span.Score, found.GetValueOrDefault(place, double.NegativeInfinity));
            }
            if (text.Sequences[0] < 0)
                none = Math.Min(none ?? double.PositiveInfinity, (double)logits[0] + logits[1]);
        }
        return Rank(context, found, none);
    }

    private AnswerSearch Rank(string context, Dictionary<(int Start, int End), double> found, double? none)
    {
        KeyValuePair<(int Start, int End), double>[] best = [.. found.OrderByDescending(one => one.Value).ThenBy(one => one.Key).Take(_options.Candidates)];
        double[] scores = none is { } score ? [.. best.Select(one => one.Value), score] : [.. best.Select(one => one.Value)];
        double greatest = scores.DefaultIfEmpty(0).Max(), total = scores.Sum(one => Math.Exp(one - greatest));
        double Probability(double one) => Math.Exp(one - greatest) / total;
        Answer[] answers = [.. best.Select(one => new Answer(context[one.Key.Start..one.Key.End], one.Key.Start, one.Key.End, one.Value, Probability(one.Value)))];
        bool isNone = _options.AllowNoAnswer && answers.Length > 0 && none - answers[0].Score > _options.NoAnswerThreshold;
        return new(answers, none, none is { } known ? Probability(known) : null) { Best = isNone ? null : answers.FirstOrDefault() };
    }

    /// <summary>Tokens of some tokenizers hold the space before them.</summary>
    private static (int Start, int End) Trim(string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        return (start, end);
    }
}
