using Weft.Inference;
using Weft.Model;

namespace Weft.Cli.Scoring;

// T tokens, V vocabulary.

/// <summary>What a model makes of one position of a sequence.</summary>
/// <param name="Id">The token there.</param>
/// <param name="LogProbability">Natural logarithm of its probability, given what is before it; null at the first position.</param>
/// <param name="Logits">[V], the prediction of the token after it; valid until the next position is asked for.</param>
internal readonly record struct PositionScore(int Id, double? LogProbability, ReadOnlyMemory<float> Logits);

/// <summary>Scores every token of a sequence.</summary>
internal sealed class SequenceScores
{
    /// <summary>Logits kept at once, in elements: 256 MB. A longer sequence is read token by token, which is slower but gives the same bits.</summary>
    private const long MostLogits = 1L << 26;

    private readonly Transformer _model;
    private readonly int[] _ids;
    private readonly long _mostLogits;

    /// <summary>Checks the sequence; computes nothing yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">[T].</param>
    /// <param name="mostLogits">Logits kept at once, in elements.</param>
    /// <exception cref="UsageException">The sequence is empty, or longer than the model's context.</exception>
    public SequenceScores(Transformer model, int[] ids, long mostLogits = MostLogits)
    {
        if (ids.Length > model.Spec.ContextLength)
            throw new UsageException(
                $"{ids.Length} tokens do not fit the model's context of {model.Spec.ContextLength}; score a shorter text");
        if (ids.Length == 0)
            throw new UsageException("the text gives no tokens; score a text that is not empty");
        _model = model;
        _ids = ids;
        _mostLogits = mostLogits;
    }

    /// <summary>The positions in order.</summary>
    /// <exception cref="InvalidDataException">The model gives logits that are not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two positions, or before a short sequence was computed whole.</exception>
    public IEnumerable<PositionScore> Compute(CancellationToken ct)
    {
        double? logProbability = null;
        int position = 0;
        foreach (ReadOnlyMemory<float> logits in Logits(ct))
        {
            if (!IsFinite(logits.Span))
                throw new InvalidDataException($"the model's logits at position {position} are not finite; its weights are damaged");
            yield return new(_ids[position], logProbability, logits);
            position++;
            if (position < _ids.Length)
                logProbability = LogProbability(logits.Span, _ids[position]);
        }
    }

    /// <summary>[V] for each position in order.</summary>
    private IEnumerable<ReadOnlyMemory<float>> Logits(CancellationToken ct) =>
        (long)_ids.Length * _model.Spec.VocabularySize <= _mostLogits ? LogitsOfWholeSequence(ct) : LogitsTokenByToken(ct);

    private IEnumerable<ReadOnlyMemory<float>> LogitsOfWholeSequence(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        int v = _model.Spec.VocabularySize;
        float[] logits = new float[_ids.Length * v];
        _model.ComputeLogits(_ids, logits);
        for (int position = 0; position < _ids.Length; position++)
        {
            ct.ThrowIfCancellationRequested();
            yield return logits.AsMemory(position * v, v);
        }
    }

    private IEnumerable<ReadOnlyMemory<float>> LogitsTokenByToken(CancellationToken ct)
    {
        float[] logits = new float[_model.Spec.VocabularySize];
        using KeyValueCache cache = _model.CreateCache(_ids.Length);
        for (int position = 0; position < _ids.Length; position++)
        {
            _model.Forward(_ids.AsSpan(position, 1), cache, logits, ct);
            yield return logits;
        }
    }

    private static bool IsFinite(ReadOnlySpan<float> logits)
    {
        foreach (float logit in logits)
            if (!float.IsFinite(logit))
                return false;
        return true;
    }

    /// <summary>log softmax(logits)[id]; the greatest logit is taken off first, so that no exponential overflows.</summary>
    private static double LogProbability(ReadOnlySpan<float> logits, int id)
    {
        double greatest = double.NegativeInfinity;
        foreach (float logit in logits)
            greatest = Math.Max(greatest, logit);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - greatest);
        return logits[id] - greatest - Math.Log(sum);
    }
}
