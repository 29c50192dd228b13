using System.Globalization;
using System.IO.Compression;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Inference.Tests.Assets;

/// <summary>The smallest Llama of llama2.c, in both of its formats, beside what its authors' C program computes: pairs of neighbours are rotated there.</summary>
public sealed class Stories260kTests
{
    private const int Positions = 48;

    /// <summary>Both sides are fp32; the logits lie between -10 and 20.</summary>
    private const double Tolerance = 1e-4;

    public static TheoryData<string, int> Runs => new()
    {
        { "stories260K.bin", 1 }, { "stories260K.bin", 2 }, { "checkpoint_v1.bin", 1 }, { "checkpoint_v1.bin", 2 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Logits_and_greedy_ids_are_those_of_the_program(string file, int prompt)
    {
        string folder = TestAssets.Require("models/stories260k");
        using Transformer model = Load(Path.Combine(folder, file));
        int[] ids = [.. File.ReadLines(Path.Combine(folder, $"golden/tokens_{prompt}.tsv")).Select(line => int.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture))];
        float[][] expected = Logits(Path.Combine(folder, $"golden/logits_{prompt}.tsv.gz"));
        Assert.Equal(Positions, expected.Length);
        KeyValueCache cache = model.CreateCache(ids.Length);
        float[] logits = new float[model.Spec.VocabularySize];
        int generated = 0;
        for (int t = 0; t < ids.Length - 1; t++)
        {
            model.Forward([ids[t]], cache, logits);
            if (t < Positions)
                Assert.InRange(Differences.Greatest(expected[t], logits), 0, Tolerance);
            // Within the prompt the next id is given, beyond it taken.
            if (t >= Positions)
                Assert.Equal(ids[t + 1], TensorPrimitives.IndexOfMax<float>(logits));
            generated = t;
        }
        Assert.True(generated > Positions + 100, $"{generated} positions are too few to prove much");
    }

    private static float[][] Logits(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t')[2..].Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
    }

    private static Transformer Load(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bool newer = MemoryMarshal.Read<uint>(bytes) == 0x616b3432;
        ReadOnlySpan<int> header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(newer ? 8 : 0, 28));
        (int hidden, int inner, int layers, int heads) = (header[0], header[1], header[2], header[3]);
        var norm = new NormSpec.RmsNorm(1e-5);
        var attention = new AttentionSpec(heads, header[4], hidden / heads, new PositionSpec.Rotary(10_000) { Interleaved = true }, AttentionBias.None);
        ModelSpec spec = new()
        {
            Embedding = new(header[5], hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(layers, new(norm, attention, norm, new FeedForwardSpec.Gated(inner, Activation.Silu, Bias: false)), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = header[6],
        };
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(newer ? 256 : 28)).ToArray();
        Dictionary<string, float[]> weights = Split(spec, values, newer);
        using var temporary = new TemporaryFolder();
        HuggingFaceExport.Save(temporary.FullName, new WeftArchitecture(), spec, parameter => weights[parameter.Name], new());
        return Transformer.Load(HuggingFaceModel.Open(temporary.FullName));
    }

    /// <summary>Each kind of parameter lies together for all blocks; version 1 has all norms first.</summary>
    private static Dictionary<string, float[]> Split(ModelSpec spec, float[] values, bool newer)
    {
        string[] norms = ["attention_norm", "feed_forward_norm"], first = newer ? [.. norms, "final", "embedding"] : ["embedding", "attention_norm"];
        string[] order =
        [
            .. first, "attention.query", "attention.key", "attention.value", "attention.output",
            .. newer ? Array.Empty<string>() : ["feed_forward_norm"], "feed_forward.gate", "feed_forward.down", "feed_forward.up",
            .. newer ? Array.Empty<string>() : ["final"],
        ];
        Dictionary<string, ParameterSpec> parameters = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name);
        Dictionary<string, float[]> weights = [];
        int position = 0;
        foreach (string kind in order)
        {
            string[] names = kind switch
            {
                "embedding" => [ModelParameters.TokenEmbedding],
                "final" => [ModelParameters.FinalNorm + ".weight"],
                _ => [.. Enumerable.Range(0, spec.Stack.Blocks.Length).Select(i => $"{ModelParameters.Block(i)}{kind}.weight")],
            };
            foreach (string name in names)
            {
                int count = (int)parameters[name].Count;
                weights[name] = values[position..(position += count)];
            }
        }
        return weights;
    }
}
