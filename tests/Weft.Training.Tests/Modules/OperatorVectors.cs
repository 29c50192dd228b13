using System.Runtime.InteropServices;
using System.Text.Json;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>One published case of an ONNX operator.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Attributes">Of the operator.</param>
/// <param name="Tensors">By name, without the file's prefixes <c>input.</c> and <c>output.</c>; numbers as fp32, indices as int64.</param>
internal sealed record OperatorVector(string Name, JsonElement Attributes, IReadOnlyDictionary<string, Tensor> Tensors)
{
    public Tensor this[string name] => Tensors[name];

    public Tensor? Find(string name) => Tensors.GetValueOrDefault(name);

    public double Number(string attribute, double otherwise) => Attributes.TryGetProperty(attribute, out JsonElement value) ? value.GetDouble() : otherwise;

    public int Integer(string attribute, int otherwise) => (int)Number(attribute, otherwise);

    /// <summary>All cases of an operator; the tensors belong to the dispose scope around the call.</summary>
    public static OperatorVector[] Of(string op)
    {
        string folder = TestAssets.Require("ops");
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json")));
        return [.. cases.RootElement.EnumerateArray().Where(entry => entry.GetProperty("op").GetString() == op)
            .Select(entry => new OperatorVector(entry.GetProperty("case").GetString()!, entry.GetProperty("attributes").Clone(),
                Read(Path.Combine(folder, entry.GetProperty("file").GetString()!))))];
    }

    private static Dictionary<string, Tensor> Read(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Tensors.Values.ToDictionary(view => view.Name[(view.Name.IndexOf('.') + 1)..], Read);
    }

    private static Tensor Read(TensorView view)
    {
        long[] shape = [.. view.Shape];
        if (view.Type.IsFloatingPoint())
        {
            float[] values = new float[view.Count];
            view.ReadFloats(0, values);
            return tensor(values).reshape(shape);
        }
        byte[] bytes = new byte[view.ByteCount];
        view.ReadBytes(0, bytes);
        return (view.Type switch
        {
            ElementType.I64 => tensor(MemoryMarshal.Cast<byte, long>(bytes).ToArray()),
            ElementType.I32 => tensor(MemoryMarshal.Cast<byte, int>(bytes).ToArray()).to(ScalarType.Int64),
            ElementType.BOOL => tensor(bytes, ScalarType.Byte).to(ScalarType.Bool),
            _ => throw new NotSupportedException($"{view.Name} holds {view.Type}"),
        }).reshape(shape);
    }
}
