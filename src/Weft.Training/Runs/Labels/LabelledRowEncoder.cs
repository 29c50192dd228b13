using System.Text;

using Weft.Text;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>Labelled texts as a model reads them.</summary>
/// <param name="tokenizer">Makes the ids.</param>
/// <param name="task">What is said of them, and what becomes of long ones.</param>
/// <param name="context">Most tokens.</param>
/// <param name="segments">That the model tells apart.</param>
internal sealed class LabelledRowEncoder(Tokenizer tokenizer, TaskRecipe task, int context, int segments)
{
    private readonly Dictionary<string, int> _labels = task.Labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
    private int _cut;

    /// <summary>Texts that were too long.</summary>
    public int Cut => _cut;

    /// <summary>A row, or why it cannot be read.</summary>
    public EncodedRow Encode(LabelledRow row)
    {
        EncodedText text = row.Pair is null ? tokenizer.Encode(row.Text) : tokenizer.EncodePair(row.Text, row.Pair);
        BadRow? bad = text.Ids.Length == 0 ? new(row.Source, "has a text that the tokenizer makes no token of")
            : text.Ids.Length > context && task.Truncate is null
                ? new(row.Source, FormattableString.Invariant($"has {text.Ids.Length} tokens, more than model.context {context}; raise that, or say with task.truncate what is cut out"))
            : null;
        if (bad is null && text.Ids.Length > context)
        {
            Interlocked.Increment(ref _cut);
            text = text.Without(task.Truncate!.Value, context);
        }
        int second = segments > 1 ? Array.IndexOf(text.TypeIds, 1) : -1;
        var labels = new RowLabels(row.Source)
        {
            Labels = task.Says == LabelKind.Number ? [] : [.. row.LabelsBy(task.Separator).Select(label => _labels[label]).Order()],
            Value = task.Says == LabelKind.Number ? row.Number : null,
            Second = second < 0 ? null : second,
        };
        return new(text.Ids, labels, Encoding.UTF8.GetByteCount(row.Text) + Encoding.UTF8.GetByteCount(row.Pair ?? "")) { Bad = bad };
    }
}
