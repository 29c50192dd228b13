using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Cli.Benchmarking;

/// <summary>What a model asks of the machine for its weights: operations and bytes, from its specification and the headers of its files.</summary>
internal sealed class WeightTraffic
{
    /// <summary>llama.cpp's names of mixes, by <c>general.file_type</c> (its <c>llama.h</c>).</summary>
    private static readonly Dictionary<string, string> Mixes = new()
    {
        ["10"] = "Q2_K",
        ["11"] = "Q3_K_S",
        ["12"] = "Q3_K_M",
        ["13"] = "Q3_K_L",
        ["14"] = "Q4_K_S",
        ["15"] = "Q4_K_M",
        ["16"] = "Q5_K_S",
        ["17"] = "Q5_K_M",
        ["21"] = "Q2_K_S",
    };

    private readonly double _perToken, _head, _attention;
    private readonly AttentionSpec[] _blocks;

    /// <summary>Looks at headers only: no weight is read.</summary>
    public WeightTraffic(Checkpoint model)
    {
        _blocks = [.. model.Spec.Stack.Blocks.Select(block => block.Attention)];
        // Two products of two operations for each pair of positions; a causal mask hides half of them.
        _attention = _blocks.Sum(block => (block.Mask is AttentionMask.Bidirectional ? 4.0 : 2.0) * block.QuerySize);
        var bytes = new Dictionary<ElementType, double>();
        double read = 0;
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            bool isHead = IsHead(parameter, model.Spec);
            // Of tables a row is read. What is measured of an encoder ends with the hidden states.
            if (!isHead && (parameter.Part is ModelParameters.Head || (parameter.Part == "embedding" && parameter.Shape.Length > 1)))
                continue;
            model.TryMap(parameter, out TensorView view);
            double share = ShareUsed(parameter, model.Spec), size = view.Type.ByteCount(parameter.Count);
            read += share * size;
            if (parameter.Shape.Length == 1)
                continue;
            bytes[view.Type] = bytes.GetValueOrDefault(view.Type) + size;
            if (isHead)
                _head += parameter.Count;
            else
                _perToken += share * parameter.Count;
        }
        BytesPerToken = read;
        Type = bytes.MaxBy(pair => pair.Value).Key;
        Format = bytes.Keys.Count(BlockTypes.IsBlockQuantized) > 1 && MixOf(model) is { } mix ? mix : Type.ToString();
    }

    /// <summary>The type that most bytes of weights have.</summary>
    public ElementType Type { get; }

    /// <summary>Its name, or that of the mix of types.</summary>
    public string Format { get; }

    /// <summary>Bytes of weights that the next token needs. Of a token table only one row is read, unless it is the head as well.</summary>
    public double BytesPerToken { get; }

    /// <summary>
    /// Multiplications and additions of the matrix products with weights, the head's for the last token alone, and those of attention: of queries with the keys
    /// before them, and of weights with values.
    /// </summary>
    /// <param name="tokens">Length of the prompt.</param>
    public double PromptOperations(int tokens) => WeightOperations(tokens) + AttentionOperations(tokens);

    /// <summary>The shortest time for a prompt: each part at what the machine reaches in the type that it is computed in.</summary>
    /// <param name="tokens">Length of the prompt.</param>
    /// <param name="ceilings">Of the machine.</param>
    /// <param name="weights">The type that weights are multiplied in.</param>
    /// <param name="cache">The type of keys and values.</param>
    /// <returns>Seconds.</returns>
    public double PromptSeconds(int tokens, ThreadCeilings ceilings, ElementType weights, ElementType cache) =>
        ((WeightOperations(tokens) / ceilings.Arithmetic(weights)) + (AttentionOperations(tokens) / ceilings.Arithmetic(cache))) / 1e9;

    private double WeightOperations(int tokens) => 2 * ((_perToken * tokens) + _head);

    private double AttentionOperations(int tokens) => _attention * tokens * tokens;

    /// <summary>Bytes of keys and values that each token of a text adds to what the next one reads.</summary>
    public double CacheBytesPerToken(ElementType type) => _blocks.Sum(block => 2.0 * block.KeyValueHeads
        * (type == ElementType.Q8_0 ? block.HeadSize + sizeof(float) : block.HeadSize * type.Size()));

    private static bool IsHead(ParameterSpec parameter, ModelSpec spec) => spec.Generates
        && (parameter.Part == ModelParameters.Head || (parameter.Name == ModelParameters.TokenEmbedding && spec.Head.SharesEmbedding));

    /// <summary>Of a mixture a token sees the chosen experts only.</summary>
    private static double ShareUsed(ParameterSpec parameter, ModelSpec spec) => parameter.Name.Contains(".experts.", StringComparison.Ordinal)
        && spec.Stack.Blocks.Select(block => block.FeedForward).OfType<FeedForwardSpec.MixtureOfExperts>().FirstOrDefault() is { } mixture
            ? (double)mixture.Router.Chosen / mixture.Router.Experts
            : 1;

    private static string? MixOf(Checkpoint model) => model is GgufModel gguf
        && gguf.File.Keys.FirstOrDefault(key => key.Name == "general.file_type") is { } key ? Mixes.GetValueOrDefault(key.Value) : null;
}
