using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>The linear layers of a folder that GPTQ or AWQ has quantized to 4 bits, as config.json's <c>quantization_config</c> says.</summary>
internal sealed class PackedWeights
{
    private const string ConfigKey = "quantization_config", Codes = ".qweight", Weight = ".weight";

    private readonly Dictionary<string, TensorView> _views = new(StringComparer.Ordinal);
    private readonly HashSet<TensorView> _parts = [];

    private PackedWeights(string description) => Description = description;

    /// <summary>Method, bits and groups.</summary>
    public string Description { get; }

    /// <summary>The weights, by the names that they would have.</summary>
    public IEnumerable<TensorView> All => _views.Values;

    /// <summary>Finds them; null where the config names no method or another, whose tensors then are what they are.</summary>
    /// <exception cref="CheckpointException">A kind of the method that is not read, or a layer whose tensors do not belong together.</exception>
    public static PackedWeights? Open(ConfigReader config, WeightFiles files)
    {
        if (config.ReadObject(ConfigKey) is not { } packing || packing.ReadText("quant_method") is not { } method || method is not ("gptq" or "awq"))
            return null;
        bool isAwq = method == "awq";
        int bits = packing.ReadInt("bits", packing.ReadInt("w_bit", 4)), size = packing.ReadInt("group_size", packing.ReadInt("q_group_size", 128));
        packing.Check(bits == 4, "bits", "weights of 4 bits are read; give an unquantised checkpoint");
        packing.Check(size is -1 or > 0, "group_size", "it must be at least 1, or -1 for all inputs");
        string format = packing.ReadText(isAwq ? "version" : "checkpoint_format")?.ToLowerInvariant() ?? (isAwq ? "gemm" : "gptq");
        if (isAwq)
            packing.Check(format == "gemm", "version", "the layout gemm is read; give an unquantised checkpoint");
        else
            packing.Check(format is "gptq" or "gptq_v2", "checkpoint_format", "the layouts gptq and gptq_v2 are read; give an unquantised checkpoint");
        packing.Check(!isAwq || packing.ReadBool("zero_point", true), "zero_point", "AWQ is read with zeros; give an unquantised checkpoint");
        var packed = new PackedWeights($"{(isAwq ? "AWQ" : "GPTQ")}, 4 bits, {(size < 0 ? "all inputs in a group" : $"groups of {size}")}");
        foreach (TensorView codes in files.All.Where(tensor => tensor.Name.EndsWith(Codes, StringComparison.Ordinal)).ToArray())
            packed.Add(files, codes, size, isAwq ? null : format == "gptq" ? 1 : 0);
        return packed;
    }

    /// <summary>A weight by the name that it would have.</summary>
    public TensorView? Find(string name) => _views.GetValueOrDefault(name);

    /// <summary>The tensor is one of those that weights are decoded from, or says nothing.</summary>
    public bool Covers(TensorView tensor) => _parts.Contains(tensor);

    /// <summary>The config of the decoded model.</summary>
    public static string Unpacked(string config)
    {
        JsonObject json = JsonNode.Parse(config)!.AsObject();
        json.Remove(ConfigKey);
        return JsonFile.ToText(json);
    }

    private void Add(WeightFiles files, TensorView codes, int groupSize, int? gptqZeroOffset)
    {
        string layer = codes.Name[..^Codes.Length];
        TensorView Part(string suffix) => files.Find(layer + suffix)
            ?? throw CheckpointException.OfTensor(files.Location, codes.Name, $"has no '{layer}{suffix}' beside it, without which its codes mean nothing; fetch the model again");
        TensorView? order = gptqZeroOffset is null ? null : files.Find($"{layer}.g_idx");
        var parts = new PackedParts(codes, Part(".qzeros"), Part(".scales"), order);
        Check(files, codes, codes.Shape is [> 0 and <= int.MaxValue / 8, > 0 and <= int.MaxValue / 8] && codes.Type == ElementType.I32, "I32 numbers in two dimensions");
        bool isAwq = gptqZeroOffset is null;
        int inputs = (int)codes.Shape[0] * (isAwq ? 1 : PackedLinear.Codes), outputs = (int)codes.Shape[1] * (isAwq ? PackedLinear.Codes : 1);
        int size = groupSize < 0 ? inputs : Math.Min(groupSize, inputs), groups = (inputs + size - 1) / size;
        Check(files, codes, outputs % PackedLinear.Codes == 0, "a multiple of 8 outputs");
        Check(files, parts.Zeros, parts.Zeros.Type == ElementType.I32 && parts.Zeros.Shape.SequenceEqual([groups, outputs / PackedLinear.Codes]), $"I32 numbers of shape [{groups}, {outputs / PackedLinear.Codes}]");
        Check(files, parts.Scales, parts.Scales.Type.IsFloatingPoint() && parts.Scales.Shape.SequenceEqual([groups, outputs]), $"floating-point numbers of shape [{groups}, {outputs}]");
        PackedLinear linear = isAwq ? new AwqLinear(parts, outputs, inputs, size) : new GptqLinear(parts, outputs, Groups(files, parts, inputs, size, groups), gptqZeroOffset!.Value);
        _views.Add(layer + Weight, new(codes, layer + Weight, linear));
        _parts.UnionWith([codes, parts.Zeros, parts.Scales, .. order is null ? Array.Empty<TensorView>() : [order]]);
        // Some writers give every quantized layer a bias, of zeros where the model has none.
        if (files.Find($"{layer}.bias") is { } bias && IsZero(bias))
            _parts.Add(bias);
    }

    /// <summary>The group of each input: as the file says, where inputs were quantized in the order of their activations, else one after another.</summary>
    private static int[] Groups(WeightFiles files, PackedParts parts, int inputs, int size, int groups)
    {
        int[] indices = new int[inputs];
        if (parts.GroupOfInput is not { } order)
        {
            for (int i = 0; i < inputs; i++)
                indices[i] = i / size;
            return indices;
        }
        Check(files, order, order.Type == ElementType.I32 && order.Shape.SequenceEqual([inputs]), $"I32 numbers of shape [{inputs}]");
        order.ReadBytes(0, MemoryMarshal.AsBytes(indices.AsSpan()));
        int outside = indices.AsSpan().IndexOfAnyExceptInRange(0, groups - 1);
        Check(files, order, outside < 0, $"groups from 0 to {groups - 1}, not {(outside < 0 ? 0 : indices[outside])} at {outside}");
        return indices;
    }

    private static bool IsZero(TensorView bias)
    {
        if (!bias.Type.IsFloatingPoint() || bias.Count > 1 << 24)
            return false;
        float[] values = new float[bias.Count];
        bias.ReadFloats(0, values);
        return !values.AsSpan().ContainsAnyExcept(0f);
    }

    private static void Check(WeightFiles files, TensorView tensor, [DoesNotReturnIf(false)] bool valid, string expected)
    {
        if (!valid)
            throw CheckpointException.OfTensor(files.Location, tensor.Name,
                $"is {tensor.Type} of shape [{string.Join(", ", tensor.Shape)}], where {expected} were expected; it does not match config.json's {ConfigKey}");
    }
}
