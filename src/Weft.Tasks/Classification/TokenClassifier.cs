using System.Numerics.Tensors;
using Weft.Model.Spec;

namespace Weft.Tasks;

// T tokens, L labels.

/// <summary>Labels the tokens of texts, and finds the names and other parts that they make. Safe to use from several threads.</summary>
public sealed class TokenClassifier
{
    private readonly LanguageModel _model;
    private readonly WindowOptions _windows;
    private readonly int _labels;

    /// <param name="model">A model with a head of token classes; not owned.</param>
    /// <param name="options">How; in windows that overlap, a token has the label that it gets where most text stands on both of its sides.</param>
    /// <exception cref="NotSupportedException">The model has another head.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    public TokenClassifier(LanguageModel model, TextClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _labels = model.Head<HeadSpec.TokenClassification>("a token classifier").Labels;
        _windows = (options ?? new()).Validate();
    }

    /// <summary>The parts of a text that the model labels.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ct">Ends it between two windows.</param>
    /// <exception cref="ArgumentException">The text does not fit the context, and the options have no other policy.</exception>
    public IReadOnlyList<TokenSpan> Find(string text, CancellationToken ct = default) => TokenSpan.Join(text, Label(text, ct));

    /// <summary>The label of each token of a text, without those that the tokenizer adds.</summary>
    /// <inheritdoc cref="Find"/>
    public IReadOnlyList<TokenLabel> Label(string text, CancellationToken ct = default)
    {
        SortedDictionary<int, (int Margin, TokenLabel Label)> labels = [];
        foreach (TextWindow window in TextWindows.Of(_model, text, null, _windows))
        {
            ct.ThrowIfCancellationRequested();
            float[] logits = _model.ComputeOutputs(window.Text);
            int[] rows = [.. Enumerable.Range(0, window.Text.Ids.Length).Where(t => window.Text.Sequences[t] == 0)];
            for (int i = 0; i < rows.Length; i++)
            {
                int margin = Math.Min(i, rows.Length - 1 - i);
                if (!labels.TryGetValue(window.Start + i, out var known) || known.Margin < margin)
                    labels[window.Start + i] = (margin, LabelOf(logits.AsSpan(rows[i] * _labels, _labels), window.Text.Offsets[rows[i]]));
            }
        }
        return [.. labels.Values.Select(one => one.Label)];
    }

    private TokenLabel LabelOf(Span<float> logits, Range offset)
    {
        TensorPrimitives.SoftMax<float>(logits, logits);
        int best = TensorPrimitives.IndexOfMax<float>(logits);
        return new(_model.LabelName(best), offset.Start.Value, offset.End.Value, logits[best]);
    }
}
