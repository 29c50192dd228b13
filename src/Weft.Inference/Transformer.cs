using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, V vocabulary, O outputs of the head.

/// <summary>
/// A model on the CPU: an encoder, a decoder or both, and a head. Safe to call from several threads; calls take turns,
/// since each uses all threads of the engine. A result has the same bits for any number of threads, and whether a sequence
/// was given whole, in pieces or token by token (where no rotary angle depends on the sequence's length).
/// </summary>
public sealed unsafe partial class Transformer : ILanguageModel, IDisposable
{
    /// <summary>Longer inputs of decoders go in pieces: by then the weights are used often enough, and the workspace stays small.</summary>
    private const int LongestPiece = 512;

    private readonly Lock _turn = new();
    private readonly int[] _ids;
    private readonly WeightStore _weights;
    private readonly Stack? _encoder, _decoder;
    private readonly CacheLayout? _encoderCache, _sourceCache, _decoderCache;
    private readonly Head _head;
    private readonly Team _team;
    private readonly Batch _batch;
    private bool _disposed;

    private Transformer(ModelSpec spec, WeightStore weights, Team team, ElementType? cacheType)
    {
        Spec = spec;
        _weights = weights;
        RowTable table = weights.LoadRows(ModelParameters.TokenEmbedding);
        _encoder = spec.Encoder is null ? null : new(spec.Encoder, spec.Embedding, weights, table, ModelParameters.Encoder);
        _decoder = spec.Decoder is null ? null : new(spec.Decoder, spec.Embedding, weights, table, "");
        _head = new(spec, weights);
        CacheType = cacheType ?? (weights.RoundsInputs && AssembledKernels.Row(1, ElementType.BF16) != 0 ? ElementType.BF16 : ElementType.F32);
        CacheLayout? Layout(StackSpec? stack, Func<BlockSpec, AttentionSpec?> attention) =>
            stack is null ? null : new(stack.Blocks.Select(attention).OfType<AttentionSpec>(), CacheType);
        _encoderCache = Layout(spec.Encoder, block => block.Attention);
        _decoderCache = Layout(spec.Decoder, block => block.Attention);
        _sourceCache = Layout(spec.Decoder, block => block.CrossAttention?.Attention);
        var workspace = new Workspace(spec, Math.Min(LongestPiece, spec.ContextLength));
        _team = team;
        _batch = new(team, workspace);
        _ids = new int[workspace.Tokens];
    }

    /// <summary>What is computed.</summary>
    public ModelSpec Spec { get; }

    /// <summary>
    /// The type that most of the matrices are multiplied in: that of the file, but BF16 for F16 that loses nothing by it (see <see cref="EngineOptions.Exact"/>).
    /// </summary>
    public ElementType PackedType => _weights.PackedType;

    /// <summary>How keys and values are stored.</summary>
    public ElementType CacheType { get; }

    /// <summary>Bytes of weights, mapped or copied.</summary>
    public long WeightBytes => _weights.ByteCount;

    /// <summary>Builds the engine over a model's weights.</summary>
    /// <param name="model">Owned from here on: it is disposed with the result, or at once when this throws.</param>
    /// <param name="options">How to use the machine.</param>
    /// <exception cref="NotSupportedException">The specification has a part that the engine does not know; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    /// <exception cref="InsufficientMemoryException">There is less memory than the weights need.</exception>
    /// <exception cref="CheckpointException">A weight is not finite, where <see cref="EngineOptions.CheckWeights"/> asks to look.</exception>
    public static Transformer Load(Checkpoint model, EngineOptions? options = null) => Load(model, options, observer: null);

    /// <inheritdoc cref="Load(Checkpoint, EngineOptions?)"/>
    /// <param name="model">Owned from here on.</param>
    /// <param name="options">How to use the machine.</param>
    /// <param name="observer">Sees the inputs of all matrices; null for none.</param>
    internal static Transformer Load(Checkpoint model, EngineOptions? options, InputSquares? observer)
    {
        ArgumentNullException.ThrowIfNull(model);
        WeightStore? weights = null;
        Team? team = null;
        try
        {
            EngineOptions valid = (options ?? new()).Validate();
            EngineMemory.CheckWeights(model);
            if (valid.Log is { } log && AssembledKernels.Problem() is { } problem)
                log(problem);
            if (valid.CheckWeights)
                model.CheckWeights();
            team = new(valid.Threads, valid.PinThreads ? PhysicalCores.Processors : []) { Observer = observer };
            weights = new(model, team, valid.Exact) { Progress = valid.Progress };
            var transformer = new Transformer(model.Spec, weights, team, valid.CacheType);
            weights.Complete();
            return transformer;
        }
        catch
        {
            team?.Dispose();
            if (weights is null)
                model.Dispose();
            weights?.Dispose();
            throw;
        }
    }

    /// <summary>Makes the state of one sequence of a decoder alone.</summary>
    /// <param name="capacity">Tokens, from 1 to the model's context length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is outside that range.</exception>
    /// <exception cref="NotSupportedException">The model has no decoder, or one that reads a source.</exception>
    public KeyValueCache CreateCache(int capacity)
    {
        InputCheck.Decoder(Spec, withSource: false);
        InputCheck.Capacity(capacity, Spec);
        return new(Spec, new StackCache(_decoderCache!, capacity));
    }

    /// <summary>Reads a source with the encoder and makes the state of one sequence of the decoder.</summary>
    /// <param name="capacity">Tokens of the decoder, from 1 to the model's context length.</param>
    /// <param name="sourceIds">What the encoder reads, at least one id.</param>
    /// <exception cref="ArgumentException">The capacity or an id is out of range, or the source does not fit the context.</exception>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public KeyValueCache CreateCache(int capacity, ReadOnlySpan<int> sourceIds)
    {
        InputCheck.Decoder(Spec, withSource: true);
        InputCheck.Capacity(capacity, Spec);
        InputCheck.Ids(sourceIds, Spec);
        InputCheck.Context(sourceIds.Length, Spec);
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var source = new StackCache(_sourceCache!, sourceIds.Length);
            source.Reserve(sourceIds.Length);
            source.Length = sourceIds.Length;
            Encode(sourceIds, [], _encoder!.Blocks.Length);
            float* states = _encoder.Finish(_batch, 0);
            foreach (Block block in _decoder!.Blocks)
                block.PlaceSource(_team, _batch.Workspace, states, source);
            return new(Spec, new StackCache(_decoderCache!, capacity), source);
        }
    }

    /// <summary>Appends ids to a sequence and gives the logits of the token after the last. A prompt and a single token are the same call.</summary>
    /// <param name="ids">[T], at least one.</param>
    /// <param name="cache">The sequence so far; holds T tokens more afterwards, or is unchanged when this throws.</param>
    /// <param name="logits">Receives [V].</param>
    /// <param name="cancellation">Asked for between two blocks of the model; the cache is then as it was.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary; the message names it and its position.</exception>
    /// <exception cref="ArgumentException">The ids do not fit the cache, the cache belongs to another kind of model, or a length is wrong.</exception>
    /// <exception cref="NotSupportedException">The model does not continue texts.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Forward(ReadOnlySpan<int> ids, KeyValueCache cache, Span<float> logits, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        InputCheck.Generates(Spec);
        InputCheck.Ids(ids, Spec);
        InputCheck.Outputs(logits, 1, Spec);
        Decode(new(ids), cache, _decoder!.Blocks.Length, logits, static (model, start, isLast, logits) =>
        {
            if (isLast)
                model._head.Forward(model._team, model._decoder!.Finish(model._batch, model._batch.Tokens - 1), 1, logits);
        }, cancellation);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void ComputeOutputs(in ModelInput input, Span<float> outputs)
    {
        input.Check(Spec);
        InputCheck.Outputs(outputs, Spec.Head.Pools ? 1 : input.Ids.Length, Spec);
        if (Spec.Head.Pools)
        {
            float[] hidden = new float[input.Ids.Length * Spec.HiddenSize];
            ComputeHidden(input, hidden);
            lock (_turn)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _head.ForwardPooled(_team, hidden, outputs);
            }
            return;
        }
        Run(input, outputs, static (model, start, _, outputs) => model._head.Forward(model._team, model.Finish(), model._batch.Tokens,
            outputs.Slice(start * model._head.Outputs, model._batch.Tokens * model._head.Outputs)));
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void ComputeHidden(in ModelInput input, Span<float> hidden)
    {
        input.Check(Spec);
        InputCheck.Hidden(hidden, input.Ids.Length, Spec);
        Run(input, hidden, static (model, start, _, hidden) =>
            new ReadOnlySpan<float>(model.Finish(), model._batch.Tokens * model.Spec.HiddenSize).CopyTo(hidden[(start * model.Spec.HiddenSize)..]));
    }

    /// <summary>The states that the encoder of an encoder-decoder makes of a source, in fp32.</summary>
    /// <param name="sourceIds">[source].</param>
    /// <param name="hidden">Receives [source, D], row-major.</param>
    /// <exception cref="ArgumentException">An id is out of range, or a length does not fit.</exception>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void ComputeSource(ReadOnlySpan<int> sourceIds, Span<float> hidden)
    {
        InputCheck.Decoder(Spec, withSource: true);
        InputCheck.Ids(sourceIds, Spec);
        InputCheck.Context(sourceIds.Length, Spec);
        InputCheck.Hidden(hidden, sourceIds.Length, Spec);
        EncodeOnly(new(sourceIds), _encoder!.Blocks.Length, hidden, static (model, _, _, hidden) =>
            new ReadOnlySpan<float>(model._encoder!.Finish(model._batch, 0), hidden.Length).CopyTo(hidden));
    }

    /// <summary>How much each position attends to each, for reports.</summary>
    /// <param name="ids">[T].</param>
    /// <param name="block">Index of the block.</param>
    /// <param name="head">Index of the query head.</param>
    /// <returns>Probabilities [T, T], row-major, a row for each attending position; zero where nothing is visible.</returns>
    /// <exception cref="ArgumentException">An id, the length or an index is out of range; the message names it.</exception>
    /// <exception cref="NotSupportedException">The model reads a source.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public float[] ComputeAttention(ReadOnlySpan<int> ids, int block, int head)
    {
        Stack stack = InputCheck.OneStack(Spec) ? _decoder ?? _encoder! : null!;
        InputCheck.Ids(ids, Spec);
        InputCheck.Context(ids.Length, Spec);
        InputCheck.Index(block, stack.Blocks.Length, nameof(block));
        InputCheck.Index(head, stack.Spec.Blocks[block].Attention.Heads, nameof(head));
        int width = ids.Length;
        float[] probabilities = new float[checked(width * width)];
        void Read(Transformer model, int start, bool isLast, Span<float> rows) =>
            stack.Blocks[block].ComputeProbabilities(model._batch, head, rows[(start * width)..], width);
        if (_decoder is null)
        {
            EncodeOnly(new(ids), block, probabilities, Read);
        }
        else
        {
            using KeyValueCache cache = CreateCache(width);
            Decode(new(ids), cache, block, probabilities, Read);
        }
        return probabilities;
    }

    /// <summary>Ends the threads and closes the mapped file; waits for a call that is under way.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            if (_disposed)
                return;
            _disposed = true;
            _team.Dispose();
            _weights.Dispose();
            _encoderCache?.Pool.Dispose();
            _sourceCache?.Pool.Dispose();
            _decoderCache?.Pool.Dispose();
        }
    }

    /// <summary>What is read off the batch, a piece of one sequence that begins at position <paramref name="start"/>, once its blocks have run.</summary>
    private delegate void Reading(Transformer model, int start, bool isLast, Span<float> output);

    /// <summary>The states that the head reads, of all tokens of the batch, [T, D].</summary>
    private float* Finish() => (_decoder ?? _encoder!).Finish(_batch, 0);

    private void Run(in ModelInput input, Span<float> output, Reading read)
    {
        if (_decoder is null)
            EncodeOnly(input, _encoder!.Blocks.Length, output, read);
        else
        {
            using KeyValueCache cache = Spec.HasSource ? CreateCache(input.Ids.Length, input.SourceIds) : CreateCache(input.Ids.Length);
            Decode(input, cache, _decoder.Blocks.Length, output, read);
        }
    }

    private void EncodeOnly(in ModelInput input, int blocks, Span<float> output, Reading read)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Encode(input.Ids, input.TokenTypes, blocks);
            read(this, 0, true, output);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Runs a whole sequence through the first blocks of the encoder: each of its tokens sees all others, so it cannot go in pieces.</summary>
    private void Encode(ReadOnlySpan<int> ids, ReadOnlySpan<int> types, int blocks)
    {
        MakeRoom(ids.Length);
        using var cache = new StackCache(_encoderCache!, ids.Length);
        cache.Reserve(ids.Length);
        _batch.Cancellation = default;
        _encoder!.Forward(_batch.Of(new(cache, 0, 0, ids.Length) { Total = ids.Length }), ids, types, blocks);
    }

    private void MakeRoom(int tokens)
    {
        if (_batch.Workspace.Tokens < tokens)
            _batch.Workspace = new(Spec, (int)Math.Min(Spec.ContextLength, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)tokens)));
    }

    /// <summary>Appends ids to a sequence, piece by piece through the first <paramref name="blocks"/> blocks of the decoder.</summary>
    private void Decode(in ModelInput input, KeyValueCache cache, int blocks, Span<float> output, Reading read, CancellationToken cancellation = default)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ReadOnlySpan<int> ids = input.Ids, types = input.TokenTypes;
            InputCheck.Cache(ids.Length, cache, Spec);
            int start = cache.Length, total = start + ids.Length;
            cache.Own.Reserve(total);
            for (int length; !ids.IsEmpty; ids = ids[length..], start += length)
            {
                length = Math.Min(ids.Length, LongestPiece);
                _batch.Of(new(cache.Own, 0, start, length) { Total = total, Source = cache.Source });
                _batch.Cancellation = cancellation;
                _decoder!.Forward(_batch, ids[..length], types.IsEmpty ? types : types.Slice(start - cache.Length, length), blocks);
                read(this, start, length == ids.Length, output);
            }
            cache.Own.Length = start;
            // Kernels see pointers only: without this, the memory behind them could be collected while the last one runs.
            GC.KeepAlive(this);
            GC.KeepAlive(cache);
        }
    }
}
