using Weft.Model.Spec;

namespace Weft.Inference;

/// <summary>What callers may hand to the engine; the kernels behind check nothing.</summary>
internal static class InputCheck
{
    public static void Ids(ReadOnlySpan<int> ids, ModelSpec spec)
    {
        if (ids.IsEmpty)
            throw new ArgumentException("there are no ids; give at least one, such as the token that begins a text", nameof(ids));
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)spec.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(ids), ids[i],
                    $"id {ids[i]} at position {i} is outside the vocabulary of {spec.VocabularySize}; use the tokenizer that belongs to this model");
    }

    public static void Sequences(ReadOnlySpan<SequenceInput> sequences, ModelSpec spec)
    {
        var caches = new HashSet<KeyValueCache>(sequences.Length);
        foreach (SequenceInput sequence in sequences)
        {
            ArgumentNullException.ThrowIfNull(sequence.Cache, nameof(sequences));
            Ids(sequence.Ids.Span, spec);
            if (!caches.Add(sequence.Cache))
                throw new ArgumentException("two sequences have the same cache; give each its own, such as a fork", nameof(sequences));
        }
    }

    public static void Context(int length, ModelSpec spec)
    {
        if (length > spec.ContextLength)
            throw new ArgumentException(
                $"{length} tokens do not fit the model's context of {spec.ContextLength}; shorten the text or use a model with a longer context");
    }

    public static void Cache(int length, KeyValueCache cache, ModelSpec spec)
    {
        if (!cache.Fits(spec))
            throw new ArgumentException("the cache was made for a model of another shape; make one with this model's CreateCache", nameof(cache));
        if (length > cache.Capacity - cache.Length)
            throw new ArgumentException(
                $"{length} more tokens do not fit a cache that holds {cache.Length} of {cache.Capacity}; shorten the text or make a larger cache (the model's context is {spec.ContextLength})");
    }

    public static void Outputs(ReadOnlySpan<float> outputs, int rows, ModelSpec spec)
    {
        long size = spec.Head.OutputSize(spec);
        if (outputs.Length != rows * size)
            throw new ArgumentException(
                $"the outputs have {outputs.Length} elements but {rows} rows of {size} need {rows * size}", nameof(outputs));
    }

    public static void Hidden(ReadOnlySpan<float> hidden, int tokens, ModelSpec spec)
    {
        if (hidden.Length != (long)tokens * spec.HiddenSize)
            throw new ArgumentException(
                $"the hidden states have {hidden.Length} elements but {tokens} tokens of {spec.HiddenSize} need {(long)tokens * spec.HiddenSize}", nameof(hidden));
    }

    public static void Capacity(int capacity, ModelSpec spec)
    {
        if (capacity < 1 || capacity > spec.ContextLength)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity,
                $"a cache of {capacity} tokens does not suit this model; use 1 to its context length, {spec.ContextLength}");
    }

    public static void Decoder(ModelSpec spec, bool withSource)
    {
        if (spec.Decoder is null)
            throw new NotSupportedException("the model is an encoder, which keeps no state of a sequence; ask for outputs or hidden states");
        if (spec.HasSource != withSource)
            throw new NotSupportedException(withSource
                ? "the model has no encoder that could read a source; make a cache without one"
                : "the model's decoder reads what its encoder makes of a source; give the source's ids too");
    }

    public static void Generates(ModelSpec spec)
    {
        if (!spec.Generates)
            throw new NotSupportedException($"a model with a {spec.Head.GetType().Name} head does not continue texts; ask for its outputs");
    }

    public static void EncoderAlone(ModelSpec spec)
    {
        if (spec.Decoder is not null)
            throw new NotSupportedException("the model has a decoder; several sequences at once go through Forward, with a cache each");
    }

    public static bool OneStack(ModelSpec spec) => !spec.HasSource ? true
        : throw new NotSupportedException("attention maps are made of encoders alone and decoders alone");

    public static void Index(int index, int count, string name)
    {
        if ((uint)index >= (uint)count)
            throw new ArgumentOutOfRangeException(name, index, $"{name} {index} does not exist; the model has {count}, from 0 to {count - 1}");
    }
}
