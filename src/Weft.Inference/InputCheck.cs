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

    public static void Logits(ReadOnlySpan<float> logits, int tokens, ModelSpec spec)
    {
        if (logits.Length != (long)tokens * spec.VocabularySize)
            throw new ArgumentException(
                $"the logits have {logits.Length} elements but {tokens} positions of a vocabulary of {spec.VocabularySize} need {(long)tokens * spec.VocabularySize}", nameof(logits));
    }

    public static void Index(int index, int count, string name)
    {
        if ((uint)index >= (uint)count)
            throw new ArgumentOutOfRangeException(name, index, $"{name} {index} does not exist; the model has {count}, from 0 to {count - 1}");
    }
}
