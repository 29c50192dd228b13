using System.Text;

using Weft.Data;
using Weft.Text;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>Questions with their texts as a model reads them: where both are longer than its context, in windows that overlap, each of which holds the question whole.</summary>
/// <param name="tokenizer">Makes the ids.</param>
/// <param name="context">Most tokens of a window.</param>
/// <param name="stride">Tokens of the text that a window repeats from the one before it.</param>
/// <param name="segments">That the model tells apart.</param>
internal sealed class SpanWindows(Tokenizer tokenizer, int context, int stride, int segments)
{
    /// <summary>The windows of a question; one that cannot be read is one bad row.</summary>
    public IReadOnlyList<EncodedRow> Encode(ReadingQuestion question)
    {
        EncodedText whole = tokenizer.EncodePair(question.Question, question.Context);
        int room = context - whole.Sequences.Count(sequence => sequence != 1);
        if (!whole.Sequences.Contains(1))
            return [Bad(question, "has a text that the tokenizer makes no token of")];
        if (whole.Ids.Length > context && room <= stride)
            return [Bad(question, FormattableString.Invariant(
                $"has a question of {whole.Sequences.Count(0)} tokens, which leaves {Math.Max(0, room)} of model.context {context} to its text, where windows share {stride}; raise model.context or lower task.stride"))];
        EncodedText first = whole.Ids.Length <= context ? whole
            : tokenizer.EncodePair(question.Question, question.Context, new() { Truncate = new(context) { Strategy = TruncationStrategy.OnlySecond, Stride = stride } });
        (int Start, int End)? answer = question.Answers.Count == 0 ? null : Place(question.Context, question.Answers[0]);
        SpanTarget?[] targets = [.. first.Overflow.Prepend(first).Select(window => SpanTarget.Of(window, answer))];
        if (targets.Contains(null))
            return [Bad(question, $"has the answer '{question.Answers[0].Text}', which the tokenizer makes no token of")];
        int bytes = Encoding.UTF8.GetByteCount(question.Question) + Encoding.UTF8.GetByteCount(question.Context);
        // The bytes of a text count once, however many windows it has.
        return [.. first.Overflow.Prepend(first).Zip(targets, (window, target) => new EncodedRow(window.Ids, LabelsOf(question, window, target!.Value), ReferenceEquals(window, first) ? bytes : 0))];
    }

    private RowLabels LabelsOf(ReadingQuestion question, EncodedText window, SpanTarget target)
    {
        int second = segments > 1 ? Array.IndexOf(window.TypeIds, 1) : -1;
        return new(question.Source) { Span = target, Second = second < 0 ? null : second };
    }

    /// <summary>Where an answer stands without blanks around it, of which tokenizers make no tokens.</summary>
    private static (int Start, int End) Place(string text, MarkedAnswer answer)
    {
        Range place = answer.In(text)!.Value;
        (int start, int end) = (place.Start.Value, place.End.Value);
        while (char.IsWhiteSpace(text[start]))
            start++;
        while (char.IsWhiteSpace(text[end - 1]))
            end--;
        return (start, end);
    }

    private static EncodedRow Bad(ReadingQuestion question, string problem) => new([], new(question.Source), 0) { Bad = new(question.Source, problem) };
}
