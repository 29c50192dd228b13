using System.Numerics.Tensors;

using Weft.Data;
using Weft.Training.Objectives;
using Weft.Training.Runs;

namespace Weft.Training.Baselines;

/// <summary>How well a linear classifier does on the rows of a recipe.</summary>
/// <param name="Labels">Of the task, in the order of the scores; none of a number.</param>
/// <param name="Epochs">Passes through the training rows after which it was best on the validation rows.</param>
/// <param name="Validation">On the validation rows.</param>
/// <param name="Test">On the test rows, or the validation rows where there are none.</param>
public sealed record BaselineResult(IReadOnlyList<string> Labels, int Epochs, LabelScores Validation, LabelScores Test);

/// <summary>
/// What a Transformer has to beat: a linear model of hashed n-grams (see <see cref="HashedNGrams"/>) on the same rows and the same split as a run of the
/// recipe. Softmax regression for one label, a logistic regression for each of several labels, linear regression for numbers; AdaGrad (Duchi, Hazan and
/// Singer 2011) row by row with a rate of 0.1, rows in a seeded order, at most 50 passes; the weights with the lowest validation loss are tested.
/// Legend: L labels.
/// </summary>
public sealed class LinearBaseline
{
    private const int MostEpochs = 50;

    /// <summary>Passes without a lower validation loss after which it ends.</summary>
    private const int Patience = 5;

    private const float Rate = 0.1f;

    /// <summary>Below the square of any gradient that matters.</summary>
    private const float Epsilon = 1e-8f;

    private readonly TaskRecipe _task;
    private readonly int _outputs;

    /// <summary>[buckets + 1, L]: the last row is the bias. And the sums of squared gradients.</summary>
    private readonly float[] _weights, _squares;

    private LinearBaseline(TaskRecipe task)
    {
        (_task, _outputs) = (task, task.Outputs);
        _weights = new float[(HashedNGrams.Buckets + 1) * _outputs];
        _squares = new float[_weights.Length];
    }

    /// <summary>Learns the rows of a recipe.</summary>
    /// <param name="recipe">Its task says what the rows are, its seed in what order they are learnt.</param>
    /// <param name="observer">Is told what was read, and each pass.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The recipe has no task, or its rows cannot be used.</exception>
    public static BaselineResult Run(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(observer);
        (recipe, LabelledRows? rows) = LabelledRows.Begin(recipe, observer, cancellation);
        if (rows is null)
            throw new InvalidDataException("the recipe has no task with labels, so there are no labelled rows; give a recipe with one");
        TaskRecipe task = recipe.Task!;
        var features = new HashedNGrams([.. rows.Train.Select(row => row.Key)]);
        Row[][] splits = [.. rows.Splits.Select(split => split.AsParallel().AsOrdered().WithCancellation(cancellation).Select(row => Row.Of(row, task, features)).ToArray())];
        (Row[] train, Row[] validation, Row[] test) = (splits[0], splits[1], splits[2].Length > 0 ? splits[2] : splits[1]);
        var model = new LinearBaseline(task);
        float[] best = [];
        (double lowest, int bestEpoch) = (double.PositiveInfinity, 0);
        for (int epoch = 1; epoch <= MostEpochs && epoch - bestEpoch <= Patience; epoch++)
        {
            new KeyedRandom((ulong)recipe.Seed, epoch, 0).Shuffle(train.AsSpan());
            foreach (Row row in train)
                model.Learn(row);
            cancellation.ThrowIfCancellationRequested();
            (double loss, LabelScores scores) = model.Judge(validation);
            observer.Info(FormattableString.Invariant($"pass {epoch}: validation loss {loss:F4}, {scores}"));
            if (loss < lowest)
                (lowest, bestEpoch, best) = (loss, epoch, [.. model._weights]);
        }
        best.CopyTo(model._weights, 0);
        return new(task.Labels, bestEpoch, model.Judge(validation).Scores, model.Judge(test).Scores);
    }

    private (double Loss, LabelScores Scores) Judge(Row[] rows)
    {
        var scores = new LabelScores(_task.Says, _outputs);
        double loss = 0;
        float[] logits = new float[_outputs];
        foreach (Row row in rows)
        {
            Predict(row, logits);
            loss += Loss(logits, row);
            if (_task.Says == LabelKind.One)
                scores.Add(logits, row.Values.AsSpan().IndexOf(1f));
            else
                scores.Add(logits, row.Values);
        }
        return (loss / rows.Length, scores);
    }

    private void Learn(Row row)
    {
        Span<float> error = stackalloc float[_outputs];
        Predict(row, error);
        Errors(error, row);
        for (int i = 0; i <= row.Places.Length; i++)
        {
            // The bias is a feature that every row has.
            (int place, float value) = i < row.Places.Length ? (row.Places[i], row.Strengths[i]) : (HashedNGrams.Buckets, 1);
            for (int label = 0; label < _outputs; label++)
            {
                float gradient = error[label] * value;
                ref float square = ref _squares[(place * _outputs) + label];
                square += gradient * gradient;
                _weights[(place * _outputs) + label] -= Rate * gradient / MathF.Sqrt(square + Epsilon);
            }
        }
    }

    private void Predict(Row row, Span<float> logits)
    {
        _weights.AsSpan(HashedNGrams.Buckets * _outputs, _outputs).CopyTo(logits);
        for (int i = 0; i < row.Places.Length; i++)
            TensorPrimitives.MultiplyAdd(_weights.AsSpan(row.Places[i] * _outputs, _outputs), row.Strengths[i], logits, logits);
    }

    /// <summary>Logits to the gradient of the loss with respect to them, in place.</summary>
    private void Errors(Span<float> logits, Row row)
    {
        if (_task.Says == LabelKind.One)
            TensorPrimitives.SoftMax<float>(logits, logits);
        else if (_task.Says == LabelKind.Several)
            TensorPrimitives.Sigmoid<float>(logits, logits);
        TensorPrimitives.Subtract(logits, row.Values, logits);
        if (row.Weight != 1)
            TensorPrimitives.Multiply(logits, row.Weight, logits);
    }

    private double Loss(ReadOnlySpan<float> logits, Row row)
    {
        switch (_task.Says)
        {
            case LabelKind.One:
                float most = TensorPrimitives.Max(logits);
                double sum = 0;
                foreach (float logit in logits)
                    sum += Math.Exp(logit - most);
                return most + Math.Log(sum) - logits[row.Values.AsSpan().IndexOf(1f)];
            case LabelKind.Several:
                double all = 0;
                for (int label = 0; label < logits.Length; label++)
                    all += Math.Max(logits[label], 0) - (logits[label] * row.Values[label]) + Math.Log(1 + Math.Exp(-Math.Abs(logits[label])));
                return all / logits.Length;
            default:
                return Math.Pow(logits[0] - (double)row.Values[0], 2);
        }
    }

    /// <summary>A row as the model reads it.</summary>
    /// <param name="Places">Buckets.</param>
    /// <param name="Strengths">Their values.</param>
    /// <param name="Values">[L]: 1 where a label is right, else 0; or the number.</param>
    /// <param name="Weight">How much it counts.</param>
    private sealed record Row(int[] Places, float[] Strengths, float[] Values, float Weight)
    {
        public static Row Of(LabelledRow row, TaskRecipe task, HashedNGrams features)
        {
            (int[] places, float[] strengths) = features.Of(row.Key);
            if (task.Says == LabelKind.Number)
                return new(places, strengths, [(float)row.Number!.Value], 1);
            IReadOnlyList<string> labels = row.LabelsBy(task.Separator);
            float[] values = [.. task.Labels.Select(label => labels.Contains(label) ? 1f : 0f)];
            return new(places, strengths, values, task.ClassWeights.Count == 0 ? 1 : (float)task.ClassWeights[values.AsSpan().IndexOf(1f)]);
        }
    }
}
