using Weft.Model.Spec;

namespace Weft.Tasks;

/// <summary>How texts become vectors.</summary>
public sealed record TextEmbeddingOptions
{
    /// <summary>How the vector of a text comes from those of its tokens; null as the model was made, and the mean where it was not made for vectors.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>Each vector is divided by its length, if the model does not do so by itself.</summary>
    public bool Normalize { get; init; }

    /// <summary>Refuse or Truncate.</summary>
    public LongInput Long { get; init; }

    internal TextEmbeddingOptions Validate()
    {
        LongInputs.Check(Long, LongInput.Refuse, LongInput.Truncate);
        if (Pooling is { } pooling && !Enum.IsDefined(pooling))
            throw new ArgumentOutOfRangeException(nameof(Pooling), pooling, $"pooling {pooling} is unknown");
        return this;
    }
}
