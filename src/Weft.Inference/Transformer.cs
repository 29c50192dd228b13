using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, V vocabulary.

/// <summary>
/// A decoder-only language model on the CPU: embedding, blocks, final norm, head. Safe to call from several threads; calls take turns,
/// since each uses all threads of the engine. A result has the same bits for any number of threads, and whether a sequence
/// was given whole, in pieces or token by token.
/// </summary>
public sealed unsafe class Transformer : ILanguageModel, IDisposable
{
    /// <summary>Longer inputs go in pieces: by then the weights are used often enough, and the workspace stays small.</summary>
    private const int LongestPiece = 256;

    private readonly Lock _turn = new();
    private readonly WeightStore _weights;
    private readonly TokenEmbedding _embedding;
    private readonly Block[] _blocks;
    private readonly Norm _finalNorm;
    private readonly float* _head;
    private readonly Workspace _workspace;
    private readonly Team _team;
    private bool _disposed;

    private Transformer(ModelSpec spec, WeightStore weights, EngineOptions options)
    {
        Spec = spec;
        _weights = weights;
        _embedding = new(spec.Embedding, weights);
        _blocks = [.. spec.Decoder.Blocks.Select((block, i) => new Block(block, weights, i))];
        _finalNorm = new(spec.Decoder.FinalNorm, weights, ModelParameters.FinalNorm);
        _head = spec.Head switch
        {
            HeadSpec.LanguageModel { TiedEmbedding: true } => _embedding.Table,
            HeadSpec.LanguageModel => weights.Load($"{ModelParameters.Head}.weight"),
            _ => throw new NotSupportedException($"head {spec.Head.GetType().Name} is unknown to the engine"),
        };
        _workspace = new(spec, Math.Min(LongestPiece, spec.ContextLength));
        _team = new(options.Threads);
    }

    /// <summary>What is computed.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Bytes of weights, mapped or copied.</summary>
    public long WeightBytes => _weights.ByteCount;

    /// <summary>Builds the engine over a model's weights.</summary>
    /// <param name="model">Owned from here on: it is disposed with the result, or at once when this throws.</param>
    /// <param name="options">How to use the machine.</param>
    /// <exception cref="NotSupportedException">The specification has a part that the engine does not know; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    public static Transformer Load(Checkpoint model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var weights = new WeightStore(model);
        try
        {
            return new(model.Spec, weights, (options ?? new()).Validate());
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Makes the state of one sequence.</summary>
    /// <param name="capacity">Tokens, from 1 to the model's context length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is outside that range.</exception>
    public KeyValueCache CreateCache(int capacity)
    {
        if (capacity < 1 || capacity > Spec.ContextLength)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity,
                $"a cache of {capacity} tokens does not suit this model; use 1 to its context length, {Spec.ContextLength}");
        return new(Spec, capacity);
    }

    /// <summary>Appends ids to a sequence and gives the logits of the token after the last. A prompt and a single token are the same call.</summary>
    /// <param name="ids">[T], at least one.</param>
    /// <param name="cache">The sequence so far; holds T tokens more afterwards, or is unchanged when this throws.</param>
    /// <param name="logits">Receives [V].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary; the message names it and its position.</exception>
    /// <exception cref="ArgumentException">The ids do not fit the cache, the cache belongs to another kind of model, or a length is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Forward(ReadOnlySpan<int> ids, KeyValueCache cache, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(cache);
        InputCheck.Ids(ids, Spec);
        InputCheck.Logits(logits, 1, Spec);
        Run(ids, cache, _blocks.Length, logits, static (model, in piece, isLast, logits) =>
        {
            if (isLast)
                model.ComputeHead(piece, piece.Tokens - 1, logits);
        });
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void ComputeLogits(ReadOnlySpan<int> ids, Span<float> logits)
    {
        InputCheck.Ids(ids, Spec);
        InputCheck.Context(ids.Length, Spec);
        InputCheck.Logits(logits, ids.Length, Spec);
        Run(ids, CreateCache(ids.Length), _blocks.Length, logits, static (model, in piece, _, logits) =>
            model.ComputeHead(piece, 0, logits[(piece.Start * model.Spec.VocabularySize)..]));
    }

    /// <summary>How much each position attends to each, for reports.</summary>
    /// <param name="ids">[T].</param>
    /// <param name="block">Index of the block.</param>
    /// <param name="head">Index of the query head.</param>
    /// <returns>Probabilities [T, T], row-major, a row for each attending position; zero above the diagonal.</returns>
    /// <exception cref="ArgumentException">An id, the length or an index is out of range; the message names it.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public float[] ComputeAttention(ReadOnlySpan<int> ids, int block, int head)
    {
        InputCheck.Ids(ids, Spec);
        InputCheck.Context(ids.Length, Spec);
        InputCheck.Index(block, _blocks.Length, nameof(block));
        InputCheck.Index(head, Spec.Decoder.Blocks[block].Attention.Heads, nameof(head));
        int width = ids.Length;
        float[] probabilities = new float[checked(width * width)];
        Run(ids, CreateCache(width), block, probabilities, (model, in piece, _, rows) =>
            model._blocks[block].ComputeProbabilities(piece, head, rows[(piece.Start * width)..], width));
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
        }
    }

    /// <summary>What is read off a piece once its blocks have run.</summary>
    private delegate void Reading(Transformer model, in SequencePiece piece, bool isLast, Span<float> output);

    /// <summary>Appends ids to a sequence, piece by piece through the first <paramref name="blocks"/> blocks.</summary>
    private void Run(ReadOnlySpan<int> ids, KeyValueCache cache, int blocks, Span<float> output, Reading read)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            InputCheck.Cache(ids.Length, cache, Spec);
            int start = cache.Length;
            cache.Reserve(start + ids.Length);
            for (int length; !ids.IsEmpty; ids = ids[length..], start += length)
            {
                length = Math.Min(ids.Length, _workspace.Tokens);
                SequencePiece piece = new(_team, _workspace, cache, start, length);
                _embedding.Forward(ids[..length], start, _workspace.Hidden);
                for (int i = 0; i < blocks; i++)
                    _blocks[i].Forward(piece);
                read(this, piece, length == ids.Length, output);
            }
            cache.Append(start - cache.Length);
            // Kernels see pointers only: without this, the memory behind them could be collected while the last one runs.
            GC.KeepAlive(this);
            GC.KeepAlive(cache);
        }
    }

    /// <summary>Logits of the piece's tokens from <paramref name="first"/> on, [tokens, V].</summary>
    private void ComputeHead(in SequencePiece piece, int first, Span<float> logits)
    {
        int tokens = piece.Tokens - first;
        float* hidden = piece.Workspace.Hidden + ((nint)first * Spec.HiddenSize);
        _finalNorm.Apply(piece.Team, hidden, piece.Workspace.Normed, tokens);
        fixed (float* destination = logits)
        {
            var head = new Projection { Weight = _head, Output = destination, Outputs = Spec.VocabularySize };
            MatMul.Execute(piece.Team, piece.Workspace.Normed, tokens, Spec.HiddenSize, [head]);
        }
    }
}
