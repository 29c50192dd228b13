using System.Numerics.Tensors;
using Weft.Model.Spec;

namespace Weft.Tasks;

/// <summary>Labels texts, or pairs of texts, with a sequence classifier: a sentiment, a topic, whether one follows from the other. Safe to use from several threads.</summary>
public sealed class TextClassifier
{
    private readonly LanguageModel _model;
    private readonly WindowOptions _windows;
    private readonly int _labels;

    /// <param name="model">A model with a head of sequence classes; not owned.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NotSupportedException">The model has another head.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    public TextClassifier(LanguageModel model, TextClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _labels = model.Head<HeadSpec.SequenceClassification>("a text classifier").Labels;
        _windows = (options ?? new()).Validate();
        // As pipelines of Transformers decide it.
        Kind = model.Config.Text("problem_type") == "regression" ? LabelKind.Regression
            : model.LabelsAreIndependent || _labels == 1 ? LabelKind.Independent
            : LabelKind.Exclusive;
    }

    /// <summary>What the model's outputs mean.</summary>
    public LabelKind Kind { get; }

    /// <summary>Names of the labels, by their index.</summary>
    public IReadOnlyList<string> Labels => [.. Enumerable.Range(0, _labels).Select(_model.LabelName)];

    /// <summary>Labels a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">A second text, for models that read two, such as a hypothesis after a premise.</param>
    /// <param name="ct">Ends it between two windows.</param>
    /// <exception cref="ArgumentException">The text does not fit the context, and <see cref="TextClassificationOptions.Long"/> has no other policy.</exception>
    public Classification Classify(string text, string? pair = null, CancellationToken ct = default)
    {
        TextWindow[] windows = TextWindows.Of(_model, text, pair, _windows);
        float[] logits = new float[_labels];
        float tokens = windows.Sum(window => window.Text.Ids.Length);
        foreach (TextWindow window in windows)
        {
            ct.ThrowIfCancellationRequested();
            float[] own = _model.ComputeOutputs(window.Text);
            if (windows.Length == 1)
                return Judge(own);
            TensorPrimitives.MultiplyAdd(own, window.Text.Ids.Length / tokens, logits, logits);
        }
        return Judge(logits);
    }

    /// <summary>Labels ids as they are.</summary>
    /// <param name="ids">[T], at most the model's context.</param>
    /// <param name="tokenTypes">BERT's segment of each, [T]; empty for segment 0 throughout.</param>
    /// <exception cref="ArgumentException">An id or segment is out of range, or a length does not fit.</exception>
    public Classification Classify(ReadOnlySpan<int> ids, ReadOnlySpan<int> tokenTypes = default) => Judge(_model.ComputeOutputs(ids, tokenTypes));

    private Classification Judge(float[] logits)
    {
        float[] probabilities = new float[_labels];
        if (Kind == LabelKind.Independent)
            TensorPrimitives.Sigmoid<float>(logits, probabilities);
        else
            TensorPrimitives.SoftMax<float>(logits, probabilities);
        IEnumerable<LabelScore> scores = logits.Select((logit, i) => new LabelScore(_model.LabelName(i), Kind == LabelKind.Regression ? null : probabilities[i], logit));
        return new(Kind, [.. Kind == LabelKind.Regression ? scores : scores.OrderByDescending(score => score.Logit)]);
    }
}
