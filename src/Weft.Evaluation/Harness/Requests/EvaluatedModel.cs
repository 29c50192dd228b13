using Weft.Inference;
using Weft.Model.Spec;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>
/// A model and the three things that a harness asks of it: how likely a text is to follow another, how likely a whole text is, and what it writes. Requests are computed
/// many at once, with the results that each would get alone; an answer that is stored is not computed again.
/// </summary>
public sealed class EvaluatedModel
{
    private readonly TextGenerator _generator;
    private readonly EvaluatedModelOptions _options;
    private readonly PromptEncoder _encoder;
    private readonly string _identity;

    /// <summary>Wraps a model, which stays the caller's.</summary>
    /// <param name="generator">A decoder with its tokenizer.</param>
    /// <param name="options">How it is asked; null for the defaults.</param>
    /// <exception cref="NotSupportedException">The model does not continue texts, or reads a source.</exception>
    /// <exception cref="FileNotFoundException">The model has no tokenizer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    public EvaluatedModel(TextGenerator generator, EvaluatedModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ModelSpec spec = generator.Model.Spec;
        if (!spec.Generates || spec.HasSource)
            throw new NotSupportedException(spec.Generates
                ? "the model's decoder reads what an encoder makes of a source, but tasks ask what follows a text; evaluate a decoder alone"
                : $"a model with a {spec.Head.GetType().Name} head does not continue texts, which every task asks for; evaluate a causal language model");
        _options = EvaluatedModelOptions.Check(options ?? new(), spec.ContextLength);
        _generator = generator;
        _encoder = new(generator);
        // Weights that are multiplied in another type, or caches that are rounded otherwise, give other answers.
        _identity = $"{_options.Identity} {generator.Model.PackedType} {generator.Model.CacheType} {typeof(EvaluatedModel).Assembly.GetName().Version}";
    }

    /// <summary>Ids that the model reads at once.</summary>
    public int ContextLength => _generator.Model.Spec.ContextLength;

    /// <summary>How the model is asked.</summary>
    public EvaluatedModelOptions Options => _options;

    /// <summary>Requests whose prompts lost their beginning so far: see <see cref="LongRows.Truncate"/>.</summary>
    public int Truncated { get; private set; }

    /// <summary>How likely continuations are.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="progress">Told how many requests are answered; null for nobody.</param>
    /// <param name="ct">Ends it between two blocks of the model; what was answered is stored.</param>
    /// <returns>A score for each request; null where it does not fit and is skipped.</returns>
    /// <exception cref="InvalidDataException">A request does not fit the context, or has nothing to score; the message names its source.</exception>
    public IReadOnlyList<ScoredText?> LogLikelihoods(IReadOnlyList<ContinuationRequest> requests, Action<int>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        TokenRequest?[] ids = [.. requests.Select(request => Fit(_encoder.EncodePair(request), request))];
        return [.. Score(ids, progress, ct).Select(answer => answer?.Score)];
    }

    /// <summary>How likely whole texts are: each token given those before it in its window, the first given the token that begins a text. No token is scored twice.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="progress">Told how many windows are scored; null for nobody.</param>
    /// <param name="ct">Ends it between two blocks of the model; what was answered is stored.</param>
    /// <returns>The log-likelihood of each text; 0 of an empty one.</returns>
    public IReadOnlyList<double> RollingLogLikelihoods(IReadOnlyList<RollingRequest> requests, Action<int>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        TokenRequest[][] windows = [.. requests.Select(request =>
            RollingWindows.Of(_encoder.EncodeText(request.Text), _encoder.PrefixId, ContextLength, _options.Stride ?? ContextLength).ToArray())];
        StoredAnswer?[] scores = Score([.. windows.SelectMany(own => own)], progress, ct);
        double[] sums = new double[requests.Count];
        for (int i = 0, at = 0; i < sums.Length; at += windows[i++].Length)
            for (int w = 0; w < windows[i].Length; w++)
                sums[i] += scores[at + w]!.Score.LogLikelihood;
        return sums;
    }

    /// <summary>What the model writes, by the likeliest token each time.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="progress">Told how many requests are answered; null for nobody.</param>
    /// <param name="ct">Ends it between two blocks of the model; what was answered is stored.</param>
    /// <returns>A text for each request; null where its prompt does not fit and is skipped.</returns>
    /// <exception cref="InvalidDataException">A prompt does not fit the context; the message names its source.</exception>
    public IReadOnlyList<string?> GenerateUntil(IReadOnlyList<GenerationRequest> requests, Action<int>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        int[]?[] prompts = [.. requests.Select(Fit)];
        string Key(int i) => AnswerStore.KeyOf(_identity, "generate_until", [prompts[i]!, [requests[i].MaximumTokens]], string.Join('\0', requests[i].Stops));
        return [.. Answer(prompts, Key, (asked, answered) => new GreedyGenerator(_generator, _options.Batch)
            .Run([.. asked.Select(i => (prompts[i]!, requests[i]))], (i, text) => answered(i, new(default, text)), ct), progress).Select(answer => answer?.Text)];
    }

    private StoredAnswer?[] Score(TokenRequest?[] requests, Action<int>? progress, CancellationToken ct)
    {
        string Key(int i) => AnswerStore.KeyOf(_identity, "log_likelihood", [requests[i]!.Context, requests[i]!.Continuation]);
        return Answer(requests, Key, (asked, answered) =>
        {
            using var scorer = new SequenceScorer(_generator.Model, _options.Batch);
            scorer.Run([.. asked.Select(i => requests[i]!)], (i, score) => answered(i, new(score, null)), ct);
        }, progress);
    }

    /// <summary>Takes what is stored and computes the rest.</summary>
    /// <param name="requests">Null for those that are skipped.</param>
    /// <param name="key">Of a request that is not.</param>
    /// <param name="compute">Computes requests, and tells the place of each among them with its answer.</param>
    /// <param name="progress">Told how many are answered.</param>
    private StoredAnswer?[] Answer(IReadOnlyList<object?> requests, Func<int, string> key, Action<int[], Action<int, StoredAnswer>> compute, Action<int>? progress)
    {
        var answers = new StoredAnswer?[requests.Count];
        string?[] keys = [.. requests.Select((request, i) => request is null || _options.Answers is null ? null : key(i))];
        for (int i = 0; i < answers.Length; i++)
            answers[i] = keys[i] is { } known ? _options.Answers!.Find(known) : null;
        int[] asked = [.. Enumerable.Range(0, answers.Length).Where(i => requests[i] is not null && answers[i] is null)];
        int done = answers.Length - asked.Length;
        progress?.Invoke(done);
        if (asked.Length == 0)
            return answers;
        try
        {
            compute(asked, (place, answer) =>
            {
                int i = asked[place];
                answers[i] = answer;
                if (keys[i] is { } name)
                    _options.Answers!.Add(name, answer);
                done++;
                if (done % _options.Batch == 0)
                {
                    _options.Answers?.Flush();
                    progress?.Invoke(done);
                }
            });
        }
        finally
        {
            _options.Answers?.Flush();
        }
        progress?.Invoke(done);
        return answers;
    }

    /// <summary>The request where it fits the context, or what <see cref="EvaluatedModelOptions.LongRows"/> makes of it.</summary>
    private TokenRequest? Fit(TokenRequest ids, ContinuationRequest request)
    {
        if (ids.Length <= ContextLength)
            return ids;
        // The model reads all of the continuation but its last id, and at least one id before it.
        int kept = ContextLength + 1 - ids.Continuation.Length;
        if (_options.LongRows == LongRows.Skip)
            return null;
        if (_options.LongRows == LongRows.Refuse || kept < 1)
            throw TooLong(request.Source, $"prompt and continuation are {ids.Length} tokens");
        Truncated++;
        return ids with { Context = ids.Context[^kept..] };
    }

    private int[]? Fit(GenerationRequest request)
    {
        int[] ids = _encoder.EncodePrompt(request.Context, request.IsRendered);
        // The last token is written but never read.
        int kept = ContextLength + 1 - request.MaximumTokens;
        if (ids.Length == 0)
            ids = [_encoder.PrefixId];
        if (ids.Length <= kept)
            return ids;
        if (_options.LongRows == LongRows.Skip)
            return null;
        if (_options.LongRows == LongRows.Refuse || kept < 1)
            throw TooLong(request.Source, $"the prompt is {ids.Length} tokens and up to {request.MaximumTokens} follow");
        Truncated++;
        return ids[^kept..];
    }

    private InvalidDataException TooLong(string source, string what) => new(
        $"{source}: {what}, but the model's context is {ContextLength}; ask with fewer shots, let long rows be skipped or truncated, or use a model with a longer context");
}
