using System.Text.Json;

using Weft.Inference.Kernels;
using Weft.Inference.Tests.Kernels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Spec;

namespace Weft.Inference.Tests.Assets;

// B batches, T queries, C keys, H heads, K key-value heads, S head size.

/// <summary>The kernels beside published operator vectors (ONNX node tests).</summary>
public sealed unsafe class OperatorVectorTests
{
    /// <summary>fp32 on both sides, values up to about 10.</summary>
    private const double Tolerance = 2e-6;

    /// <summary>Half a unit in the last place of binary16 at 1, in which the expected values are stored.</summary>
    private const double HalfTolerance = 5e-4;

    /// <summary>Those with arbitrary masks, values of another width than keys, or recurrent attention have no kernel here.</summary>
    private static readonly string[] Attentions =
    [
        "attention_3d", "attention_3d_gqa", "attention_3d_softcap", "attention_4d", "attention_4d_causal", "attention_4d_fp16",
        "attention_4d_gqa", "attention_4d_gqa_causal", "attention_4d_scaled", "attention_4d_softcap",
    ];

    [Fact]
    public void Norms_are_the_published_ones()
    {
        OperatorCase[] cases = [.. OperatorCase.All("norm")];
        Assert.Equal(14, cases.Length);
        foreach (OperatorCase vector in cases)
        {
            float[] x = vector.Read("input.X"), gain = vector.Read("input.W"), expected = vector.Read("output.Y");
            int size = gain.Length;
            float epsilon = (float)vector.Number("epsilon", 1e-5);
            FloatBuffer input = new(x), weight = new(gain), output = new(new float[x.Length]);
            FloatBuffer? bias = vector.Has("input.B") ? new(vector.Read("input.B")) : null;
            for (int row = 0; row < x.Length; row += size)
            {
                if (vector.Operator == "LayerNormalization")
                    LayerNorm.Execute(input.Pointer + row, weight.Pointer, bias is null ? null : bias.Pointer, epsilon, output.Pointer + row, size);
                else
                    RmsNorm.Execute(input.Pointer + row, weight.Pointer, epsilon, output.Pointer + row, size);
            }
            vector.AssertClose(expected, output.Span, Tolerance);
        }
    }

    [Fact]
    public void Nonlinearities_are_the_published_ones()
    {
        (string Name, Activation Activation)[] cases = [("gelu_default_1", Activation.Gelu), ("gelu_tanh_1", Activation.GeluTanh), ("swish", Activation.Silu)];
        foreach ((string name, Activation activation) in cases)
        {
            OperatorCase vector = OperatorCase.All("activation").Single(vector => vector.Name == name);
            FloatBuffer x = new(vector.Read("input.x"));
            ActivationKernel.Of(activation)(x.Pointer, null, x.Pointer, x.Span.Length);
            vector.AssertClose(vector.Read("output.y"), x.Span, Tolerance);
        }
    }

    [Fact]
    public void Rotations_are_the_published_ones()
    {
        OperatorCase[] cases = [.. OperatorCase.All("rope")];
        Assert.Equal(3, cases.Length);
        foreach (OperatorCase vector in cases)
        {
            long[] shape = vector.Shape("input.input");
            (int batches, int heads, int tokens, int size) = ((int)shape[0], (int)shape[1], (int)shape[2], (int)shape[3]);
            FloatBuffer x = new(vector.Read("input.input")), cosine = new(vector.Read("input.cos_cache")), sine = new(vector.Read("input.sin_cache"));
            long[] positions = vector.ReadIntegers("input.position_ids");
            int pairs = (int)vector.Shape("input.cos_cache")[1];
            for (int b = 0; b < batches; b++)
                for (int h = 0; h < heads; h++)
                    for (int t = 0; t < tokens; t++)
                    {
                        float* head = x.Pointer + ((((b * heads) + h) * tokens) + t) * size;
                        long angle = positions[(b * tokens) + t] * pairs;
                        if (vector.Number("interleaved", 0) == 1)
                            RotaryRotation.ExecuteInterleaved(head, cosine.Pointer + angle, sine.Pointer + angle, 2 * pairs);
                        else
                            RotaryRotation.Execute(head, cosine.Pointer + angle, sine.Pointer + angle, 2 * pairs);
                    }
            vector.AssertClose(vector.Read("output.output"), x.Span, Tolerance);
        }
    }

    [Fact]
    public void Attention_is_the_published_one_in_blocks_and_plain()
    {
        OperatorCase[] cases = [.. OperatorCase.All("attention").Where(vector => Attentions.Contains(vector.Name))];
        Assert.Equal(Attentions.Length, cases.Length);
        foreach (OperatorCase vector in cases)
        {
            double tolerance = vector.Name.EndsWith("fp16", StringComparison.Ordinal) ? HalfTolerance : Tolerance;
            vector.AssertClose(vector.Read("output.Y"), Attend(vector, plain: false), tolerance);
            vector.AssertClose(vector.Read("output.Y"), Attend(vector, plain: true), tolerance);
        }
    }

    private static float[] Attend(OperatorCase vector, bool plain)
    {
        AttentionTensors tensors = AttentionTensors.Of(vector);
        float[] output = new float[tensors.Query.Length];
        for (int b = 0; b < tensors.Batches; b++)
            tensors.Attend(b, vector, plain, output);
        return output;
    }

    /// <summary>Queries, keys and values of a case: [B, H, T, S], or [B, T, H·S] where the heads lie in the rows.</summary>
    private sealed record AttentionTensors(float[] Query, float[] Key, float[] Value, bool InRows)
    {
        public required int Batches { get; init; }

        public required int Heads { get; init; }

        public required int KeyValueHeads { get; init; }

        public required int Tokens { get; init; }

        public required int Keys { get; init; }

        public required int Size { get; init; }

        public static AttentionTensors Of(OperatorCase vector)
        {
            long[] query = vector.Shape("input.Q"), key = vector.Shape("input.K");
            bool inRows = query.Length == 3;
            int heads = inRows ? (int)vector.Number("q_num_heads", 0) : (int)query[1];
            return new(vector.Read("input.Q"), vector.Read("input.K"), vector.Read("input.V"), inRows)
            {
                Batches = (int)query[0],
                Heads = heads,
                KeyValueHeads = inRows ? (int)vector.Number("kv_num_heads", 0) : (int)key[1],
                Tokens = (int)query[inRows ? 1 : 2],
                Keys = (int)key[inRows ? 1 : 2],
                Size = inRows ? (int)query[2] / heads : (int)query[3],
            };
        }

        public void Attend(int batch, OperatorCase vector, bool plain, float[] output)
        {
            var spec = new AttentionSpec(Heads, KeyValueHeads, Size, new PositionSpec.None(), AttentionBias.None)
            {
                Mask = vector.Number("is_causal", 0) == 1 ? new AttentionMask.Causal() : new AttentionMask.Bidirectional(),
                SoftCap = vector.Number("softcap", 0) is > 0 and var cap ? cap : null,
                Scale = vector.Number("scale", 1 / Math.Sqrt(Size)),
            };
            using var store = new StackCache(new CacheLayout([spec], ElementType.F32), Keys);
            store.Reserve(Keys);
            LayerCache cache = store.Layer(0);
            FloatBuffer query = new(new float[Tokens * Heads * Size]), attended = new(new float[Tokens * Heads * Size]);
            FloatBuffer key = new(Key), value = new(Value);
            for (int k = 0; k < KeyValueHeads; k++)
                for (int c = 0; c < Keys; c++)
                    cache.Store(k, c, key.Pointer + Offset(batch, k, c, KeyValueHeads, Keys), value.Pointer + Offset(batch, k, c, KeyValueHeads, Keys));
            for (int t = 0; t < Tokens; t++)
                for (int h = 0; h < Heads; h++)
                    for (int s = 0; s < Size; s++)
                        query.Span[(((t * Heads) + h) * Size) + s] = (float)spec.ScoreScale * Query[Offset(batch, h, t, Heads, Tokens) + s];
            var view = KeyView.Of(spec, Keys, null);
            using var team = new Team(2);
            var blocked = new AttentionWork { Query = query.Pointer, Output = attended.Pointer, Cache = cache, View = view, Heads = Heads, Tokens = Tokens };
            var scalar = new PlainAttention { Query = query.Pointer, Output = attended.Pointer, Cache = cache, View = view, Heads = Heads, Tokens = Tokens };
            if (plain)
                team.Run(ref scalar, scalar.Items);
            else
                team.Run(ref blocked, blocked.Items);
            for (int t = 0; t < Tokens; t++)
                for (int h = 0; h < Heads; h++)
                    attended.Span.Slice(((t * Heads) + h) * Size, Size).CopyTo(output.AsSpan(Offset(batch, h, t, Heads, Tokens)));
            GC.KeepAlive(store);
        }

        private int Offset(int batch, int head, int row, int heads, int rows) => InRows
            ? ((((batch * rows) + row) * heads) + head) * Size
            : ((((batch * heads) + head) * rows) + row) * Size;
    }

    /// <summary>One case: its attributes and its tensors.</summary>
    private sealed class OperatorCase(JsonElement description, string folder)
    {
        private readonly string _file = Path.Combine(folder, description.GetProperty("file").GetString()!);

        public string Name => Path.GetFileNameWithoutExtension(_file);

        public string Operator => description.GetProperty("op").GetString()!;

        public static IEnumerable<OperatorCase> All(string group)
        {
            string folder = TestAssets.Require("ops");
            JsonElement root = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json"))).RootElement;
            return root.EnumerateArray().Where(entry => entry.GetProperty("file").GetString()!.StartsWith(group + "/", StringComparison.Ordinal))
                .Select(entry => new OperatorCase(entry, folder));
        }

        public double Number(string attribute, double fallback) =>
            description.GetProperty("attributes").TryGetProperty(attribute, out JsonElement value) ? value.GetDouble() : fallback;

        public bool Has(string tensor) => Open(file => file.Tensors.ContainsKey(tensor));

        public long[] Shape(string tensor) => Open(file => file.Tensors[tensor].Shape.ToArray());

        public float[] Read(string tensor) => Open(file =>
        {
            TensorView view = file.Tensors[tensor];
            float[] values = new float[view.Count];
            view.ReadFloats(0, values);
            return values;
        });

        public long[] ReadIntegers(string tensor) => Open(file =>
        {
            TensorView view = file.Tensors[tensor];
            long[] values = new long[view.Count];
            view.ReadBytes(0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        });

        public void AssertClose(float[] expected, ReadOnlySpan<float> actual, double tolerance)
        {
            Assert.Equal(expected.Length, actual.Length);
            double difference = Differences.Greatest(expected, actual);
            Assert.True(difference <= tolerance, $"{Name}: greatest difference {difference:E2}, permitted {tolerance:E2}");
        }

        private T Open<T>(Func<SafetensorsFile, T> read)
        {
            using var file = SafetensorsFile.Open(_file);
            return read(file);
        }
    }
}
