using Weft.Model;

namespace Weft.Inference;

// N sequences, T tokens, D hidden, V vocabulary.

/// <content>Several sequences at once.</content>
public sealed unsafe partial class Transformer
{
    /// <summary>
    /// Appends ids to several sequences at once, prompts and single tokens together, and gives the logits of the token after the last of each. Each gets the
    /// bits that it would get alone, but the weights are read once for all.
    /// </summary>
    /// <param name="sequences">[N], each with a cache of its own.</param>
    /// <param name="logits">Receives [N, V], row-major.</param>
    /// <param name="cancellation">Asked for between two blocks of the model; the caches are then as they were.</param>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, ids do not fit a cache, two sequences have one cache, or a length is wrong.</exception>
    /// <exception cref="NotSupportedException">The model does not continue texts.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Forward(ReadOnlySpan<SequenceInput> sequences, Span<float> logits, CancellationToken cancellation = default) =>
        Forward(sequences, logits, attention: null, cancellation);

    /// <inheritdoc cref="Forward(ReadOnlySpan{SequenceInput}, Span{float}, CancellationToken)"/>
    /// <param name="sequences">[N].</param>
    /// <param name="logits">Receives [N, V], row-major.</param>
    /// <param name="attention">Is told how the last token of each sequence attends to its source; null where nobody asks.</param>
    /// <param name="cancellation">Asked for between two blocks of the model.</param>
    internal void Forward(ReadOnlySpan<SequenceInput> sequences, Span<float> logits, SourceAttention? attention, CancellationToken cancellation)
    {
        InputCheck.Generates(Spec);
        InputCheck.Sequences(sequences, Spec);
        InputCheck.Outputs(logits, sequences.Length, Spec);
        lock (_turn)
        {
            Reserve(sequences);
            _batch.Cancellation = cancellation;
            _batch.SourceAttention = attention;
            try
            {
                for (int sequence = 0, done = 0; sequence < sequences.Length;)
                    logits = logits[ForwardBatch(sequences, ref sequence, ref done, logits)..];
            }
            finally
            {
                _batch.SourceAttention = null;
            }
            foreach (SequenceInput sequence in sequences)
                sequence.Cache.Own.Length += sequence.Ids.Length;
            GC.KeepAlive(this);
        }
    }

    /// <summary>
    /// Hidden states of several sequences at once, in fp32. Each gets the bits that <see cref="ComputeHidden(in ModelInput, Span{float})"/> gives it alone, but the
    /// weights are read once for as many as fit the engine's workspace, some 512 tokens; there is no padding.
    /// </summary>
    /// <param name="sequences">[N].</param>
    /// <param name="hidden">Receives [T of the first, D], then those of the second, and so on.</param>
    /// <param name="cancellation">Asked for between two blocks of the model.</param>
    /// <exception cref="ArgumentException">An id or token type is out of range, or a length does not fit; the message names it.</exception>
    /// <exception cref="NotSupportedException">The model is not an encoder alone.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void ComputeHidden(ReadOnlySpan<EncoderInput> sequences, Span<float> hidden, CancellationToken cancellation = default)
    {
        InputCheck.EncoderAlone(Spec);
        int tokens = 0;
        foreach (EncoderInput sequence in sequences)
        {
            sequence.ToModelInput().Check(Spec);
            tokens = checked(tokens + sequence.Ids.Length);
        }
        InputCheck.Hidden(hidden, tokens, Spec);
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _batch.Cancellation = cancellation;
            for (int count; !sequences.IsEmpty; sequences = sequences[count..])
            {
                MakeRoom(sequences[0].Ids.Length);
                count = CountThatFits(sequences);
                Encode(sequences[..count]);
                int written = _batch.Tokens * Spec.HiddenSize;
                new ReadOnlySpan<float>(Finish(), written).CopyTo(hidden);
                hidden = hidden[written..];
            }
            GC.KeepAlive(this);
        }
    }

    /// <summary>How many of the first sequences fit the workspace.</summary>
    private int CountThatFits(ReadOnlySpan<EncoderInput> sequences)
    {
        int count = 0, left = _batch.Workspace.Tokens;
        while (count < sequences.Length && sequences[count].Ids.Length <= left)
            left -= sequences[count++].Ids.Length;
        return count;
    }

    private void Encode(ReadOnlySpan<EncoderInput> sequences)
    {
        int[] ids = new int[_batch.Workspace.Tokens], types = new int[ids.Length];
        var caches = new StackCache[sequences.Length];
        try
        {
            _batch.Clear();
            for (int i = 0; i < sequences.Length; i++)
            {
                (ReadOnlyMemory<int> own, ReadOnlyMemory<int> ownTypes) = sequences[i];
                caches[i] = new(_encoderCache!, own.Length);
                caches[i].Reserve(own.Length);
                own.CopyTo(ids.AsMemory(_batch.Tokens));
                ownTypes.CopyTo(types.AsMemory(_batch.Tokens));
                _batch.Add(new(caches[i], _batch.Tokens, 0, own.Length) { Total = own.Length });
            }
            _encoder!.Forward(_batch, ids.AsSpan(0, _batch.Tokens), types.AsSpan(0, _batch.Tokens), _encoder.Blocks.Length);
        }
        finally
        {
            foreach (StackCache? cache in caches)
                cache?.Dispose();
        }
    }

    /// <summary>Fills a batch with the next pieces of sequences and runs it.</summary>
    /// <param name="sequences">All.</param>
    /// <param name="sequence">The first that is not through; moves on.</param>
    /// <param name="done">Its ids that are through; moves on.</param>
    /// <param name="logits">Receives those of the sequences that this batch ends.</param>
    /// <returns>How many logits were written.</returns>
    private int ForwardBatch(ReadOnlySpan<SequenceInput> sequences, ref int sequence, ref int done, Span<float> logits)
    {
        int first = sequence, size = Spec.HiddenSize;
        RunBatch(sequences, ref sequence, ref done);
        int ended = sequence - first;
        if (ended == 0)
            return 0;
        float* states = Finish();
        // The last rows of sequences that end here, moved together.
        for (int i = 0; i < ended; i++)
        {
            SequencePiece piece = _batch.Pieces[i];
            new ReadOnlySpan<float>(states + ((nint)(piece.Row + piece.Tokens - 1) * size), size).CopyTo(new(states + ((nint)i * size), size));
        }
        int written = ended * Spec.VocabularySize;
        _head.Forward(_team, states, ended, logits[..written]);
        return written;
    }

    /// <summary>Fills a batch with the next pieces of sequences and runs it through the blocks.</summary>
    /// <inheritdoc cref="ForwardBatch"/>
    private void RunBatch(ReadOnlySpan<SequenceInput> sequences, ref int sequence, ref int done)
    {
        _batch.Clear();
        Span<int> ids = _ids;
        while (sequence < sequences.Length && _batch.Tokens < ids.Length)
        {
            (ReadOnlyMemory<int> all, KeyValueCache cache) = sequences[sequence];
            int count = Math.Min(all.Length - done, ids.Length - _batch.Tokens), start = cache.Length + done;
            all.Span.Slice(done, count).CopyTo(ids[_batch.Tokens..]);
            _batch.Add(new(cache.Own, _batch.Tokens, start, count) { Total = cache.Length + all.Length, Source = cache.Source });
            done += count;
            if (done < all.Length)
                break;
            (sequence, done) = (sequence + 1, 0);
        }
        _decoder!.Forward(_batch, ids[.._batch.Tokens], [], _decoder.Blocks.Length);
    }

    /// <summary>Checks sequences and takes the pages that their next ids need.</summary>
    private void Reserve(ReadOnlySpan<SequenceInput> sequences)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (SequenceInput sequence in sequences)
        {
            InputCheck.Cache(sequence.Ids.Length, sequence.Cache, Spec);
            sequence.Cache.Own.Reserve(sequence.Cache.Length + sequence.Ids.Length);
        }
    }
}
