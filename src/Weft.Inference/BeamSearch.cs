using System.Numerics.Tensors;

namespace Weft.Inference;

/// <summary>
/// The most likely continuations that keep to so many candidates at each step, as Hugging Face Transformers searches them (without early
/// stopping): finished ones compete by log-probability / length^penalty, and the search ends when no open beam can beat the worst of them.
/// With a coverage penalty the coverage of the source is added to both; an open beam counts as if it ended with the coverage, as with the length, that it has.
/// </summary>
internal sealed class BeamSearch
{
    private readonly Step _forward;
    private readonly IReadOnlyList<int> _endIds;
    private readonly GenerationOptions _options;
    private readonly int _tokens;
    private readonly List<Candidate> _finished = [];

    /// <param name="forward">Appends ids and gives the logits of the token after them.</param>
    /// <param name="endIds">Ids that end a text.</param>
    /// <param name="options">How many beams, and how far.</param>
    /// <param name="tokens">Most tokens that still fit.</param>
    public BeamSearch(Step forward, IReadOnlyList<int> endIds, GenerationOptions options, int tokens)
    {
        _forward = forward;
        _endIds = options.StopAtEndOfText ? endIds : [];
        _options = options;
        _tokens = tokens;
    }

    /// <summary>See <see cref="Transformer.Forward(ReadOnlySpan{SequenceInput}, Span{float}, CancellationToken)"/>.</summary>
    /// <returns>How the last token of each sequence attends to its source; null where coverage plays no part.</returns>
    public delegate SourceAttention? Step(ReadOnlySpan<SequenceInput> sequences, float[] logits, CancellationToken cancellation);

    /// <summary>The best continuation, with the id that ends it if one does.</summary>
    /// <inheritdoc cref="RunAll"/>
    public int[] Run(KeyValueCache cache, float[] logits, CancellationToken ct) => RunAll(cache, logits, attention: null, ct)[0].Ids;

    /// <summary>The best continuations, one for each beam or fewer where there are no more, the best first.</summary>
    /// <param name="cache">The prompt; used up.</param>
    /// <param name="logits">Of the token after it.</param>
    /// <param name="attention">Of its last token; null where coverage plays no part.</param>
    /// <param name="ct">Ends the search between two steps.</param>
    public IReadOnlyList<(int[] Ids, double Score)> RunAll(KeyValueCache cache, float[] logits, SourceAttention? attention, CancellationToken ct)
    {
        List<Beam> beams = [new([], 0, cache, logits, attention is null ? null : SourceCoverage.Of(attention.Rows[0]))];
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            List<Candidate> open = Choose(beams);
            bool full = open.Count == 0 || open[0].Ids.Length == _tokens;
            if (full || IsDone(open))
            {
                if (full)
                    open.ForEach(Finish);
                return [.. _finished.Select(candidate => (candidate.Ids, Score(candidate))).OrderByDescending(one => one.Item2)];
            }
            beams = Advance(beams, open, ct);
        }
    }

    private double Score(Candidate candidate)
    {
        double score = candidate.LogProbability / Math.Pow(candidate.Ids.Length, _options.LengthPenalty);
        return candidate.Parent.Coverage is { } coverage ? score + (_options.CoveragePenalty * coverage.Score) : score;
    }

    private bool IsDone(List<Candidate> open) => _finished.Count == _options.Beams && _finished.Min(Score) >= open.Max(Score);

    private void Finish(Candidate candidate)
    {
        _finished.Add(candidate);
        if (_finished.Count > _options.Beams)
            _finished.Remove(_finished.MinBy(Score)!);
    }

    /// <summary>The best open successors, best first; what ends among the best is put aside.</summary>
    private List<Candidate> Choose(List<Beam> beams)
    {
        // Twice as many: even if half of them end, enough stay open.
        int wanted = 2 * _options.Beams;
        Candidate[] best = [.. beams.SelectMany(beam => Successors(beam, wanted)).OrderByDescending(candidate => candidate.LogProbability).Take(wanted)];
        List<Candidate> open = [];
        for (int rank = 0; rank < best.Length && open.Count < _options.Beams; rank++)
        {
            if (!_endIds.Contains(best[rank].Ids[^1]))
                open.Add(best[rank]);
            else if (rank < _options.Beams)
                Finish(best[rank]);
        }
        return open;
    }

    private static IEnumerable<Candidate> Successors(Beam beam, int count)
    {
        ReadOnlySpan<float> logits = beam.Logits.Span;
        float maximum = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - maximum);
        double normalizer = maximum + Math.Log(sum);
        int[] ids = [.. Enumerable.Range(0, logits.Length)];
        float[] descending = new float[logits.Length];
        TensorPrimitives.Negate(logits, descending);
        Array.Sort(descending, ids);
        return ids.Take(count).Select(id => new Candidate(beam, [.. beam.Ids, id], beam.LogProbability + beam.Logits.Span[id] - normalizer));
    }

    private List<Beam> Advance(List<Beam> parents, List<Candidate> chosen, CancellationToken ct)
    {
        HashSet<Beam> used = [];
        // Copies are made while the parents are still as they were; one child of each goes on with its parent's own.
        KeyValueCache[] caches = [.. chosen.Select(candidate => used.Add(candidate.Parent) ? candidate.Parent.Cache : candidate.Parent.Cache.Fork())];
        foreach (Beam beam in parents)
            if (!used.Contains(beam))
                beam.Cache.Dispose();
        int vocabulary = chosen[0].Parent.Logits.Length;
        float[] logits = new float[chosen.Count * vocabulary];
        SourceAttention? attention = _forward([.. chosen.Select((candidate, i) => new SequenceInput(candidate.Ids.AsMemory(candidate.Ids.Length - 1), caches[i]))], logits, ct);
        return [.. chosen.Select((candidate, i) => new Beam(candidate.Ids, candidate.LogProbability, caches[i], logits.AsMemory(i * vocabulary, vocabulary),
            attention is null ? null : candidate.Parent.Coverage!.With(attention.Rows[i])))];
    }

    /// <summary>An open continuation with the state behind its last token.</summary>
    /// <param name="Ids">Its tokens.</param>
    /// <param name="LogProbability">Of them.</param>
    /// <param name="Cache">The sequence with them.</param>
    /// <param name="Logits">Of the token after them.</param>
    /// <param name="Coverage">Of the steps that gave them and these logits; null where it plays no part.</param>
    private sealed record Beam(int[] Ids, double LogProbability, KeyValueCache Cache, ReadOnlyMemory<float> Logits, SourceCoverage? Coverage);

    /// <summary>A continuation that is one token longer than its parent.</summary>
    private sealed record Candidate(Beam Parent, int[] Ids, double LogProbability);
}
