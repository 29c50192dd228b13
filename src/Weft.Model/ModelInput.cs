using Weft.Model.Spec;

namespace Weft.Model;

/// <summary>What a model reads at once.</summary>
/// <param name="ids">The sequence, [T]; of an encoder-decoder, the decoder's.</param>
public readonly ref struct ModelInput(ReadOnlySpan<int> ids)
{
    /// <summary>The sequence, [T]; of an encoder-decoder, the decoder's.</summary>
    public ReadOnlySpan<int> Ids { get; } = ids;

    /// <summary>The encoder's sequence, [source]; only for models that have both.</summary>
    public ReadOnlySpan<int> SourceIds { get; init; }

    /// <summary>BERT's segment of each of <see cref="Ids"/>, [T]; empty for segment 0 throughout.</summary>
    public ReadOnlySpan<int> TokenTypes { get; init; }

    /// <summary>Refuses what does not suit a model.</summary>
    /// <exception cref="ArgumentException">An id or segment is out of range, a length does not fit, or a part is missing or not wanted; the message names it.</exception>
    public void Check(ModelSpec spec)
    {
        CheckIds(Ids, spec.VocabularySize, nameof(Ids));
        CheckLength(Ids.Length, spec);
        if (!spec.HasSource && !SourceIds.IsEmpty)
            throw new ArgumentException($"{nameof(SourceIds)} are given, but the model has no encoder beside a decoder; leave them out");
        if (spec.HasSource)
        {
            CheckIds(SourceIds, spec.VocabularySize, nameof(SourceIds));
            CheckLength(SourceIds.Length, spec);
        }
        if (TokenTypes.IsEmpty)
            return;
        if (TokenTypes.Length != Ids.Length)
            throw new ArgumentException($"{TokenTypes.Length} {nameof(TokenTypes)} do not suit {Ids.Length} ids; give one for each");
        foreach (int type in TokenTypes)
            if ((uint)type >= (uint)spec.Embedding.TokenTypes)
                throw new ArgumentException($"token type {type} is none of the model's {spec.Embedding.TokenTypes}, which are counted from 0");
    }

    private static void CheckIds(ReadOnlySpan<int> ids, int vocabulary, string name)
    {
        if (ids.IsEmpty)
            throw new ArgumentException($"there are no {name}; give at least one, such as the token that begins a text", name);
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)vocabulary)
                throw new ArgumentOutOfRangeException(name, ids[i],
                    $"id {ids[i]} at position {i} is outside the vocabulary of {vocabulary}; use the tokenizer that belongs to this model");
    }

    private static void CheckLength(int length, ModelSpec spec)
    {
        if (length > spec.ContextLength)
            throw new ArgumentException(
                $"{length} tokens do not fit the model's context of {spec.ContextLength}; shorten the text or use a model with a longer context");
    }
}
