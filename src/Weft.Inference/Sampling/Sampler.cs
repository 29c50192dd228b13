namespace Weft.Inference;

// V vocabulary.

/// <summary>
/// Draws tokens: penalties, temperature, top-k, top-p, draw. One generator for each text; not thread-safe. After the first token it allocates
/// nothing. The same options and logits give the same tokens on every machine and .NET version.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly CandidateHeap _heap = new();
    private Xoshiro256 _random;
    private double[] _weights = [];
    private int[] _kept = [];
    private int[] _drawn = [];
    private float[] _penalized = [];

    /// <param name="options">The steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible; the message names it.</exception>
    public Sampler(SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validate();
        _random = new(options.Seed);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">[V].</param>
    /// <returns>An id in [0, V).</returns>
    /// <exception cref="ArgumentException">There are no logits, one is NaN or positive infinity, or all are negative infinity.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        if (_options is { PresencePenalty: 0, FrequencyPenalty: 0 })
            return Choose(logits);
        int id = Choose(Penalize(logits));
        _drawn[id]++;
        return id;
    }

    private ReadOnlySpan<float> Penalize(ReadOnlySpan<float> logits)
    {
        if (_drawn.Length < logits.Length)
        {
            Array.Resize(ref _drawn, logits.Length);
            _penalized = new float[logits.Length];
        }
        Span<float> penalized = _penalized.AsSpan(0, logits.Length);
        for (int id = 0; id < logits.Length; id++)
            penalized[id] = _drawn[id] == 0 ? logits[id] : logits[id] - _options.PresencePenalty - (_drawn[id] * _options.FrequencyPenalty);
        return penalized;
    }

    private int Choose(ReadOnlySpan<float> logits)
    {
        int best = FindGreatest(logits);
        if (_options.Temperature == 0 || _options.TopK == 1)
            return best;
        double total = ApplyTemperature(logits, logits[best]);
        int limit = _options.TopK == 0 ? logits.Length : Math.Min(_options.TopK, logits.Length);
        return limit == logits.Length && _options.TopP == 1
            ? Draw(total, limit)
            : DrawKept(KeepMostProbable(limit, total, logits.Length));
    }

    private static int FindGreatest(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty)
            throw new ArgumentException("there are no logits; give one for each token of the vocabulary", nameof(logits));
        int best = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (float.IsNaN(logits[id]))
                throw new ArgumentException($"the logit of id {id} is NaN; the weights of the model are damaged or overflow", nameof(logits));
            if (logits[id] > logits[best])
                best = id;
        }
        return float.IsFinite(logits[best])
            ? best
            : throw new ArgumentException($"the greatest logit, of id {best}, is {logits[best]}; the weights of the model are damaged or overflow", nameof(logits));
    }

    /// <summary>Leaves exp((logit - greatest) / temperature) in the weights and returns their sum.</summary>
    private double ApplyTemperature(ReadOnlySpan<float> logits, float greatest)
    {
        if (_weights.Length < logits.Length)
        {
            _weights = new double[logits.Length];
            _kept = new int[logits.Length];
        }
        double total = 0;
        for (int id = 0; id < logits.Length; id++)
            total += _weights[id] = PortableExp.OfNegative(((double)logits[id] - greatest) / _options.Temperature);
        return total;
    }

    /// <summary>Top-k, then top-p among what top-k has kept. Returns how many ids are kept, the most probable first.</summary>
    private int KeepMostProbable(int limit, double total, int vocabulary)
    {
        _heap.Fill(_weights, vocabulary);
        int count = 0;
        if (limit < vocabulary)
        {
            total = 0;
            for (; count < limit; count++)
                total += _weights[_kept[count] = _heap.Take()];
        }
        if (_options.TopP == 1)
            return limit;
        double mass = 0;
        for (int i = 0; i < limit; i++)
        {
            if (i >= count)
                _kept[i] = _heap.Take();
            mass += _weights[_kept[i]];
            if (mass >= _options.TopP * total)
                return i + 1;
        }
        return limit;
    }

    /// <summary>Draws among all ids in proportion to their weights.</summary>
    private int Draw(double total, int vocabulary)
    {
        double remaining = _random.NextDouble() * total;
        int last = 0;
        for (int id = 0; id < vocabulary; id++)
        {
            if (_weights[id] == 0)
                continue;
            last = id;
            if ((remaining -= _weights[id]) < 0)
                break;
        }
        return last;
    }

    private int DrawKept(int count)
    {
        double total = 0;
        for (int i = 0; i < count; i++)
            total += _weights[_kept[i]];
        double remaining = _random.NextDouble() * total;
        int chosen = 0;
        for (int i = 0; i < count && _weights[_kept[i]] > 0; i++)
        {
            chosen = i;
            if ((remaining -= _weights[_kept[i]]) < 0)
                break;
        }
        return _kept[chosen];
    }
}
