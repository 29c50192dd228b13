using System.Numerics.Tensors;

namespace Weft.Inference;

// N sequences, T tokens, S scored tokens, D hidden, V vocabulary.

/// <content>How likely given ids are.</content>
public sealed unsafe partial class Transformer
{
    /// <summary>Logits that are held at once, in elements: 16 MB.</summary>
    private const int MostLogits = 1 << 22;

    /// <summary>Elements of a row that are turned to doubles at once; they stay in the first-level cache.</summary>
    private const int Block = 1024;

    /// <summary>
    /// Appends ids to several sequences at once and tells how likely each target is, given all ids before it. The logits are never whole in memory. Each sequence gets
    /// the bits that it would get alone.
    /// </summary>
    /// <param name="sequences">[N], each with a cache of its own.</param>
    /// <param name="scores">Receives [S]: those of all targets of the first sequence, then those of the second, and so on.</param>
    /// <param name="cancellation">Asked for between two blocks of the model; the caches are then as they were.</param>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, ids do not fit a cache, two sequences have one cache, or a length is wrong.</exception>
    /// <exception cref="InvalidDataException">The model gives logits that are not finite.</exception>
    /// <exception cref="NotSupportedException">The model does not continue texts.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Score(ReadOnlySpan<ScoredSequence> sequences, Span<TokenScore> scores, CancellationToken cancellation = default)
    {
        InputCheck.Generates(Spec);
        SequenceInput[] inputs = new SequenceInput[sequences.Length];
        int targets = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            ScoredSequence sequence = sequences[i];
            inputs[i] = new(sequence.Ids, sequence.Cache);
            if (sequence.Targets.Length > sequence.Ids.Length)
                throw new ArgumentException($"sequence {i} has {sequence.Targets.Length} targets but {sequence.Ids.Length} ids; each target follows an id of its own", nameof(sequences));
            if (!sequence.Targets.IsEmpty)
                InputCheck.Ids(sequence.Targets.Span, Spec);
            targets += sequence.Targets.Length;
        }
        InputCheck.Sequences(inputs, Spec);
        if (scores.Length != targets)
            throw new ArgumentException($"there are {targets} targets but room for {scores.Length} scores", nameof(scores));
        lock (_turn)
        {
            Reserve(inputs);
            _batch.Cancellation = cancellation;
            int[] wanted = new int[_ids.Length];
            float[] logits = new float[Math.Max(1, Math.Min(Math.Min(targets, wanted.Length), MostLogits / Spec.VocabularySize)) * Spec.VocabularySize];
            for (int sequence = 0, done = 0; sequence < inputs.Length;)
            {
                int first = sequence, before = done;
                RunBatch(inputs, ref sequence, ref done);
                float* states = Finish();
                int count = GatherTargets(sequences[first..], before, states, wanted);
                ScoreRows(wanted.AsSpan(0, count), states, logits, scores);
                scores = scores[count..];
            }
            foreach (SequenceInput input in inputs)
                input.Cache.Own.Length += input.Ids.Length;
            GC.KeepAlive(this);
        }
    }

    /// <summary>The targets that follow the rows of the batch, whose states are moved to its first rows.</summary>
    /// <param name="sequences">The sequences of the batch's pieces.</param>
    /// <param name="done">Ids of the first of them that earlier batches held.</param>
    /// <param name="states">[T, D].</param>
    /// <param name="wanted">Receives the targets.</param>
    /// <returns>How many there are.</returns>
    private int GatherTargets(ReadOnlySpan<ScoredSequence> sequences, int done, float* states, Span<int> wanted)
    {
        int count = 0, size = Spec.HiddenSize;
        for (int i = 0; i < _batch.Pieces.Length; i++, done = 0)
        {
            SequencePiece piece = _batch.Pieces[i];
            ReadOnlySpan<int> targets = sequences[i].Targets.Span;
            int unscored = sequences[i].Ids.Length - targets.Length;
            for (int t = Math.Max(0, unscored - done); t < piece.Tokens; t++, count++)
            {
                wanted[count] = targets[done + t - unscored];
                if (piece.Row + t > count)
                    new ReadOnlySpan<float>(states + ((nint)(piece.Row + t) * size), size).CopyTo(new(states + ((nint)count * size), size));
            }
        }
        return count;
    }

    /// <summary>Scores the first rows of the batch, as many at once as the buffer holds logits of.</summary>
    private void ScoreRows(ReadOnlySpan<int> targets, float* states, float[] logits, Span<TokenScore> scores)
    {
        int vocabulary = Spec.VocabularySize, most = logits.Length / vocabulary;
        for (int at = 0; at < targets.Length; at += most)
        {
            int count = Math.Min(most, targets.Length - at);
            _head.Forward(_team, states + ((nint)at * Spec.HiddenSize), count, logits.AsSpan(0, count * vocabulary));
            for (int i = 0; i < count; i++)
                scores[at + i] = ScoreOf(logits.AsSpan(i * vocabulary, vocabulary), targets[at + i]);
        }
    }

    /// <summary>log softmax(logits)[target] in fp64; the greatest logit is taken off first, so that no exponential overflows.</summary>
    private static TokenScore ScoreOf(ReadOnlySpan<float> logits, int target)
    {
        int best = TensorPrimitives.IndexOfMax(logits);
        double greatest = logits[best], sum = 0;
        Span<double> block = stackalloc double[Block];
        for (int at = 0; at < logits.Length; at += Block)
        {
            ReadOnlySpan<float> part = logits.Slice(at, Math.Min(Block, logits.Length - at));
            Span<double> wide = block[..part.Length];
            TensorPrimitives.ConvertTruncating(part, wide);
            TensorPrimitives.Subtract(wide, greatest, wide);
            TensorPrimitives.Exp(wide, wide);
            sum += TensorPrimitives.Sum<double>(wide);
        }
        double score = logits[target] - greatest - Math.Log(sum);
        return double.IsFinite(score) ? new(score, best == target)
            : throw new InvalidDataException("the model's logits are not finite; its weights are damaged");
    }
}
