using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Cli.Inspection;

/// <summary>How many parameters a model has and how much memory it takes, from its specification and the headers of its files.</summary>
internal sealed class ModelFootprint
{
    /// <summary>Parts that are shown even where a model has none of their parameters, as with a tied head.</summary>
    private static readonly string[] MainParts = ["embedding", "attention", "feed-forward", "norm", ModelParameters.Head];

    private readonly ModelSpec _spec;

    /// <summary>Looks at headers only: no weight is read.</summary>
    public ModelFootprint(Checkpoint model)
    {
        _spec = model.Spec;
        var counts = new OrderedDictionary<string, long>(MainParts.Select(part => KeyValuePair.Create(part, 0L)));
        HashSet<TensorView> tensors = [];
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(_spec))
        {
            counts[parameter.Part] = counts.GetValueOrDefault(parameter.Part) + parameter.Count;
            model.TryMap(parameter, out TensorView tensor);
            // Query, key and value may share one tensor.
            tensors.Add(tensor);
        }
        Parameters = counts;
        ElementTypes = [.. tensors.Select(tensor => tensor.Type).Distinct().Order()];
        StoredBytes = tensors.Sum(tensor => tensor.ByteCount);
        WeightBytes = EngineMemory.WeightBytes(model);
    }

    /// <summary>Parameters of each part. A tied head has none of its own.</summary>
    public IReadOnlyDictionary<string, long> Parameters { get; }

    /// <summary>Parameters of the whole model.</summary>
    public long TotalParameters => Parameters.Values.Sum();

    /// <summary>The head is the token embedding, which is counted there.</summary>
    public bool HasTiedHead => _spec.Head.SharesEmbedding;

    /// <summary>How the files store the weights.</summary>
    public IReadOnlyList<ElementType> ElementTypes { get; }

    /// <summary>Bytes of the weights in the files.</summary>
    public long StoredBytes { get; }

    /// <summary>Bytes of the weights in the engine.</summary>
    public long WeightBytes { get; }

    /// <summary>Bytes of keys and values that the engine keeps for one token, in fp32.</summary>
    public long CacheBytesPerToken => (long)EngineMemory.CacheBytesPerToken(_spec);

    /// <summary>Bytes of keys and values of a sequence that fills the context; a context that no machine could fill exceeds 64 bits.</summary>
    public decimal CacheBytesAtFullContext => (decimal)CacheBytesPerToken * _spec.ContextLength;
}
