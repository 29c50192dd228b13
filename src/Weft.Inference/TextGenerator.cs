using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Weft.Model.Checkpoints;
using Weft.Text;

namespace Weft.Inference;

/// <summary>
/// Continues texts: tokenizer, model, sampler and detokenizer in one loop. Each generation has its own state, so several may be
/// under way; they take turns token by token.
/// </summary>
public sealed class TextGenerator : IDisposable
{
    /// <summary>Tokens that wait for a slow reader before the model waits too.</summary>
    private const int MostWaitingTokens = 16;

    private readonly string _path;
    private readonly Tokenizer? _tokenizer;

    private readonly int[] _decoderPrompt;
    private readonly IReadOnlyList<int> _suppressed;

    private TextGenerator(string path, Transformer model, Tokenizer? tokenizer, SpecialIds ids)
    {
        _decoderPrompt = ids.DecoderPrompt;
        _suppressed = ids.Suppressed;
        _path = path;
        Model = model;
        _tokenizer = tokenizer;
        EndOfTextIds = ids.EndOfText;
    }

    /// <summary>The model.</summary>
    public Transformer Model { get; }

    /// <summary>The tokenizer of the model's folder or file.</summary>
    /// <exception cref="FileNotFoundException">There is none; prompts must then be ids.</exception>
    public Tokenizer Tokenizer => _tokenizer ?? throw new FileNotFoundException(
        $"model folder '{_path}' has no tokenizer.json or other tokenizer, so text cannot be encoded; give the prompt as ids or add the file");

    /// <summary>The model's folder has a tokenizer; without one there are ids alone.</summary>
    public bool HasTokenizer => _tokenizer is not null;

    /// <summary>Ids that end a text; empty where the model names none.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; }

    /// <summary>Opens a Hugging Face folder or a GGUF file; without a tokenizer it continues ids only.</summary>
    /// <exception cref="Weft.Model.Checkpoints.CheckpointException">The model is missing, damaged, or does not match its config.</exception>
    /// <exception cref="InvalidDataException">The tokenizer is damaged, or knows ids that the model lacks.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static TextGenerator Load(string path, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Load(Checkpoint.Open(path), options);
    }

    /// <summary>Takes a model that is open, such as one with an adapter; the tokenizer is that of its folder or file.</summary>
    /// <param name="checkpoint">Owned from here on: it is disposed with the result, or at once when this throws.</param>
    /// <param name="options">How to use the machine.</param>
    /// <exception cref="InvalidDataException">The tokenizer is damaged, or knows ids that the model lacks.</exception>
    public static TextGenerator Load(Checkpoint checkpoint, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        string path = checkpoint.Path;
        var ids = new SpecialIds(checkpoint.EndOfTextIds, [.. new[] { checkpoint.DecoderStartId, checkpoint.ForcedBeginId }.OfType<int>()], checkpoint.SuppressedIds);
        // Asked before the engine takes the checkpoint over.
        bool isInFile = checkpoint.HasTokenizer;
        Transformer model = Transformer.Load(checkpoint, options);
        try
        {
            string? file = isInFile ? path : Directory.Exists(path) ? Tokenizer.FindFile(path) : null;
            Tokenizer? tokenizer = file is null ? null : Tokenizer.Load(file);
            if (tokenizer is not null && tokenizer.VocabularySize > model.Spec.VocabularySize)
                throw new InvalidDataException(
                    $"{file} knows ids up to {tokenizer.VocabularySize - 1} but the model's vocabulary is {model.Spec.VocabularySize}; use the tokenizer that belongs to this model");
            return new(path, model, tokenizer, ids);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Continues a text, token by token as they are asked for.</summary>
    /// <param name="prompt">The text to continue; the tokenizer adds its special tokens.</param>
    /// <param name="options">How far and how.</param>
    /// <param name="ct">Ends the generation between two tokens.</param>
    /// <exception cref="ArgumentException">The prompt does not fit the context, or an option is impossible.</exception>
    /// <exception cref="FileNotFoundException">The folder has no tokenizer.</exception>
    public IEnumerable<GeneratedToken> Generate(string prompt, GenerationOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Generate(Tokenizer.EncodeToIds(prompt), options, ct);
    }

    /// <summary>Continues ids, token by token as they are asked for. The last token says why it is the last.</summary>
    /// <param name="promptIds">The ids to continue, at least one.</param>
    /// <param name="options">How far and how.</param>
    /// <param name="ct">Ends the generation between two tokens.</param>
    /// <exception cref="ArgumentException">The prompt is empty, does not fit the context or holds an unknown id, or an option is impossible.</exception>
    public IEnumerable<GeneratedToken> Generate(ReadOnlyMemory<int> promptIds, GenerationOptions? options = null, CancellationToken ct = default) =>
        Continue(promptIds, Check(promptIds.Span, options), ct);

    /// <summary>Continues a text on another thread and gives its pieces as they become certain.</summary>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, CancellationToken)"/>
    public IAsyncEnumerable<string> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return GenerateAsync(Tokenizer.EncodeToIds(prompt), options, ct).Where(token => token.Text.Length > 0).Select(token => token.Text);
    }

    /// <summary>Continues ids on another thread and gives the tokens as they are made.</summary>
    /// <inheritdoc cref="Generate(ReadOnlyMemory{int}, GenerationOptions?, CancellationToken)"/>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(ReadOnlyMemory<int> promptIds, GenerationOptions? options = null, CancellationToken ct = default) =>
        ContinueOnOtherThread(promptIds, Check(promptIds.Span, options), ct);

    /// <summary>The most likely continuations that a beam search finds, the best first: one for each beam, or fewer where there are no more.</summary>
    /// <param name="promptIds">The ids to continue, at least one; of a model with an encoder, its source.</param>
    /// <param name="options">How many beams, how far, and how lengths are compared; <see cref="GenerationOptions.Sampling"/> has no part in it, and there can be no constraint.</param>
    /// <param name="ct">Ends the search between two steps.</param>
    /// <exception cref="ArgumentException">The prompt is empty, does not fit the context or holds an unknown id, or an option is impossible.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Hypothesis> Search(ReadOnlyMemory<int> promptIds, GenerationOptions? options = null, CancellationToken ct = default)
    {
        options = Check(promptIds.Span, options);
        if (options.Constraint is not null)
            throw new ArgumentException("there is a Constraint, which a beam search does not heed; leave it out, or generate token by token", nameof(options));
        ReadOnlyMemory<int> begin = BeginOf(promptIds, options);
        using KeyValueCache cache = CreateCache(promptIds.Span, begin.Length, options);
        float[] logits = new float[Model.Spec.VocabularySize];
        BeamSearch.Step step = StepOf(options);
        SourceAttention? attention = step([new(begin, cache)], logits, ct);
        int room = Model.Spec.ContextLength - cache.Length + 1;
        return [.. new BeamSearch(step, EndOfTextIds, options, Math.Min(options.MaximumTokens, room)).RunAll(cache, logits, attention, ct).Select(one =>
        {
            var continuation = new ContinuationText(_tokenizer, begin.Span);
            string text = string.Concat(one.Ids.Select((id, i) => continuation.Append(id, i == one.Ids.Length - 1)));
            return new Hypothesis(one.Ids, text, one.Score) { StopReason = StopOf(one.Ids, options) };
        })];
    }

    /// <summary>Ends the model's threads and closes its files.</summary>
    public void Dispose() => Model.Dispose();

    private GenerationOptions Check(ReadOnlySpan<int> promptIds, GenerationOptions? options)
    {
        InputCheck.Generates(Model.Spec);
        if (Model.Spec.HasSource && _decoderPrompt.Length == 0)
            throw new NotSupportedException($"model '{_path}' does not say what its decoder begins with; add decoder_start_token_id to its config.json or generation_config.json");
        InputCheck.Ids(promptIds, Model.Spec);
        InputCheck.Context(promptIds.Length, Model.Spec);
        options = (options ?? new()).Validate();
        if (options.ForcedBeginId is { } forced && (!Model.Spec.HasSource || (uint)forced >= (uint)Model.Spec.VocabularySize))
            throw new ArgumentOutOfRangeException(nameof(options), forced, Model.Spec.HasSource
                ? $"ForcedBeginId {forced} is outside the vocabulary of {Model.Spec.VocabularySize}; use an id of the model's tokenizer"
                : $"ForcedBeginId is {forced}, but the model has no encoder beside its decoder, which continues the prompt; leave it out");
        if (options.CoveragePenalty > 0 && !Model.Spec.HasSource)
            throw new ArgumentOutOfRangeException(nameof(options), options.CoveragePenalty,
                $"CoveragePenalty is {options.CoveragePenalty}, but the model has no encoder, and so no source that a text could cover; leave it out");
        return options;
    }

    private IEnumerable<GeneratedToken> Continue(ReadOnlyMemory<int> promptIds, GenerationOptions options, CancellationToken ct)
    {
        ReadOnlyMemory<int> begin = BeginOf(promptIds, options);
        if (options.Beams > 1)
        {
            Hypothesis best = Search(promptIds, options, ct)[0];
            var texts = new ContinuationText(_tokenizer, begin.Span);
            for (int index = 0; index < best.Ids.Count; index++)
            {
                bool last = index == best.Ids.Count - 1;
                yield return new(best.Ids[index], texts.Append(best.Ids[index], last), index) { StopReason = last ? best.StopReason : null };
            }
            yield break;
        }
        using KeyValueCache cache = CreateCache(promptIds.Span, begin.Length, options);
        var continuation = new ContinuationText(_tokenizer, begin.Span);
        foreach (GeneratedToken token in Draw(cache, Read(begin, cache, ct), continuation, options, ct))
            yield return token;
    }

    /// <summary>What the decoder begins with: the prompt, or beside an encoder the ids that the model's files or the options name.</summary>
    private ReadOnlyMemory<int> BeginOf(ReadOnlyMemory<int> promptIds, GenerationOptions options) => !Model.Spec.HasSource ? promptIds
        : options.ForcedBeginId is { } forced ? new[] { _decoderPrompt[0], forced }
        : _decoderPrompt;

    private KeyValueCache CreateCache(ReadOnlySpan<int> promptIds, int begin, GenerationOptions options)
    {
        // The last token is given but never fed back, so the cache needs no room for it.
        int capacity = (int)Math.Min(Model.Spec.ContextLength, begin + (long)options.MaximumTokens - 1);
        return Model.Spec.HasSource ? Model.CreateCache(capacity, promptIds) : Model.CreateCache(capacity);
    }

    private float[] Read(ReadOnlyMemory<int> begin, KeyValueCache cache, CancellationToken ct)
    {
        float[] logits = new float[Model.Spec.VocabularySize];
        Forward([new(begin, cache)], logits, attention: null, ct);
        return logits;
    }

    /// <summary>A step of a search, which tells of attention where coverage plays a part.</summary>
    private BeamSearch.Step StepOf(GenerationOptions options) => (sequences, logits, ct) =>
    {
        SourceAttention? attention = options.CoveragePenalty > 0 ? new(Model.Spec) : null;
        Forward(sequences, logits, attention, ct);
        return attention;
    };

    private StopReason StopOf(int[] ids, GenerationOptions options) =>
        options.StopAtEndOfText && EndOfTextIds.Contains(ids[^1]) ? StopReason.EndOfText
        : ids.Length == options.MaximumTokens ? StopReason.MaximumTokens
        : StopReason.ContextFull;

    private IEnumerable<GeneratedToken> Draw(KeyValueCache cache, float[] logits, ContinuationText continuation, GenerationOptions options, CancellationToken ct)
    {
        int context = Model.Spec.ContextLength;
        var sampler = new Sampler(options.Sampling);
        IReadOnlyList<int> endIds = options.StopAtEndOfText ? EndOfTextIds : [];
        ITokenConstraintState? constraint = options.Constraint?.Begin();
        int[] next = new int[1];
        SequenceInput[] sequence = [new(next, cache)];
        for (int index = 0; ; index++)
        {
            if (constraint is not null)
                ConstraintMask.Apply(logits, constraint, endIds);
            int id = sampler.Sample(logits);
            bool ends = endIds.Contains(id);
            if (!ends)
                constraint?.Accept(id);
            StopReason? stop =
                ends ? StopReason.EndOfText
                : constraint is { MustEnd: true } ? StopReason.Complete
                : index + 1 == options.MaximumTokens ? StopReason.MaximumTokens
                : cache.Length == context ? StopReason.ContextFull
                : null;
            string text = continuation.Append(id, stop is not null);
            yield return new(id, text, index) { StopReason = stop };
            if (stop is not null)
                yield break;
            ct.ThrowIfCancellationRequested();
            next[0] = id;
            Forward(sequence, logits, attention: null, ct);
        }
    }

    private void Forward(ReadOnlySpan<SequenceInput> sequences, float[] logits, SourceAttention? attention, CancellationToken ct)
    {
        Model.Forward(sequences, logits, attention, ct);
        int vocabulary = Model.Spec.VocabularySize;
        foreach (int id in _suppressed)
            for (int row = 0; (uint)id < (uint)vocabulary && row < sequences.Length; row++)
                logits[(row * vocabulary) + id] = float.NegativeInfinity;
    }

    private async IAsyncEnumerable<GeneratedToken> ContinueOnOtherThread(
        ReadOnlyMemory<int> promptIds, GenerationOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateBounded<GeneratedToken>(new BoundedChannelOptions(MostWaitingTokens) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task writing = Task.Run(() => WriteAsync(Continue(promptIds, options, stop.Token), channel.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (GeneratedToken token in channel.Reader.ReadAllAsync(ct).ConfigureAwait(false))
                yield return token;
        }
        finally
        {
            // A reader that leaves early must not leave the model running.
            await stop.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(IEnumerable<GeneratedToken> tokens, ChannelWriter<GeneratedToken> writer, CancellationToken ct)
    {
        Exception? failure = null;
        try
        {
            foreach (GeneratedToken token in tokens)
                await writer.WriteAsync(token, ct).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Handed to the reader, who throws it.
            failure = e;
        }
        writer.Complete(failure);
    }

    /// <summary>Ids with a part in every generation.</summary>
    private sealed record SpecialIds(IReadOnlyList<int> EndOfText, int[] DecoderPrompt, IReadOnlyList<int> Suppressed);
}
