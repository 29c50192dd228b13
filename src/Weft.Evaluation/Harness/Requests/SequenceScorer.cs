using Weft.Inference;
using Weft.Model.Spec;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>
/// Scores continuations, many at once. What several requests have in common is computed once: the beginning of all prompts of a batch, such as the same shots, is
/// kept in a cache from batch to batch, and the context of a row's choices in one that the choices fork.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="batch">Most requests that are computed together; those with one context always are.</param>
internal sealed class SequenceScorer(Transformer model, int batch) : IDisposable
{
    private static readonly TokenRequest.SameContext SameContext = new();

    /// <summary>Beyond this many ids, rotary angles depend on the length of the whole sequence, and nothing can be shared.</summary>
    private readonly int _constantUpTo = model.Spec.Decoder!.Blocks
        .Min(block => block.Attention.Position is PositionSpec.Rotary rotary ? rotary.Scaling.ConstantUpTo : int.MaxValue);

    private readonly KeyValueCache _trunk = model.CreateCache(model.Spec.ContextLength);
    private int[] _trunkIds = [];

    /// <summary>Scores requests, the longest first: what does not fit the memory fails at once, and the time that is left is not underestimated.</summary>
    /// <param name="requests">Each fits the model's context.</param>
    /// <param name="answered">Told the index of each request and its score, a batch at a time.</param>
    /// <param name="ct">Ends it between two blocks of the model.</param>
    public void Run(IReadOnlyList<TokenRequest> requests, Action<int, ScoredText> answered, CancellationToken ct)
    {
        IEnumerable<int[]> groups = Enumerable.Range(0, requests.Count)
            .GroupBy(i => requests[i].Context, SameContext)
            .SelectMany(group => group.Any(i => requests[i].Length > _constantUpTo) ? group.Select(i => new[] { i }) : [[.. group]])
            .OrderByDescending(group => group.Max(i => requests[i].Length));
        List<int[]> waiting = [];
        int count = 0;
        foreach (int[] group in groups)
        {
            if (count > 0 && count + group.Length > batch)
            {
                RunBatch(requests, waiting, answered, ct);
                waiting.Clear();
                count = 0;
            }
            waiting.Add(group);
            count += group.Length;
        }
        if (count > 0)
            RunBatch(requests, waiting, answered, ct);
    }

    /// <inheritdoc/>
    public void Dispose() => _trunk.Dispose();

    private void RunBatch(IReadOnlyList<TokenRequest> requests, List<int[]> groups, Action<int, ScoredText> answered, CancellationToken ct)
    {
        int shared = SharedPrefix(requests, groups);
        Grow(requests[groups[0][0]].Context.AsSpan(0, shared), ct);
        List<KeyValueCache> caches = [];
        try
        {
            KeyValueCache Fork(KeyValueCache cache)
            {
                caches.Add(cache.Fork());
                return caches[^1];
            }
            List<ScoredSequence> contexts = [], continuations = [];
            foreach (int[] group in groups)
            {
                int[] context = requests[group[0]].Context;
                KeyValueCache common = _trunk;
                int read = shared;
                // The context's last id predicts the first of each continuation, so the choices read it themselves.
                if (group.Length > 1 && context.Length - 1 > shared)
                {
                    common = Fork(_trunk);
                    contexts.Add(new(context.AsMemory(shared..^1), default, common));
                    read = context.Length - 1;
                }
                foreach (int i in group)
                    continuations.Add(new((int[])[.. context.AsSpan(read), .. requests[i].Continuation.AsSpan(0, requests[i].Continuation.Length - 1)], requests[i].Continuation, common));
            }
            model.Score([.. contexts], [], ct);
            int[] order = [.. groups.SelectMany(group => group)];
            var scores = new TokenScore[continuations.Sum(continuation => continuation.Targets.Length)];
            // Only now do the shared caches hold what their forks begin with.
            model.Score([.. continuations.Select(continuation => continuation with { Cache = Fork(continuation.Cache) })], scores, ct);
            int at = 0;
            foreach (int i in order)
            {
                ReadOnlySpan<TokenScore> own = scores.AsSpan(at, requests[i].Continuation.Length);
                answered(i, Sum(own));
                at += own.Length;
            }
        }
        finally
        {
            caches.ForEach(cache => cache.Dispose());
        }
    }

    /// <summary>How many ids all contexts begin with; their last ids are not counted.</summary>
    private int SharedPrefix(IReadOnlyList<TokenRequest> requests, List<int[]> groups)
    {
        if (groups.Any(group => requests[group[0]].Length > _constantUpTo))
            return 0;
        ReadOnlySpan<int> first = requests[groups[0][0]].Context.AsSpan()[..^1];
        int shared = first.Length;
        foreach (int[] group in groups)
            shared = Math.Min(shared, first[..shared].CommonPrefixLength(requests[group[0]].Context.AsSpan()[..^1]));
        return shared;
    }

    /// <summary>Makes the trunk hold exactly these ids.</summary>
    private void Grow(ReadOnlySpan<int> ids, CancellationToken ct)
    {
        int kept = ids.CommonPrefixLength(_trunkIds);
        _trunk.Truncate(kept);
        _trunkIds = _trunkIds[..kept];
        if (ids.Length > kept)
            model.Score([new(ids[kept..].ToArray(), default, _trunk)], [], ct);
        _trunkIds = ids.ToArray();
    }

    private static ScoredText Sum(ReadOnlySpan<TokenScore> scores)
    {
        double sum = 0;
        bool greedy = true;
        foreach (TokenScore score in scores)
        {
            sum += score.LogProbability;
            greedy &= score.IsGreedy;
        }
        return new(sum, greedy);
    }
}
