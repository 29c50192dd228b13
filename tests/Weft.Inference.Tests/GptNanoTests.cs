using System.Runtime.InteropServices;
using System.Text.Json;
using Weft.Model;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>A trained GPT-2 of three blocks that sorts letters, with the activations its authors stored for three inputs.</summary>
public sealed class GptNanoTests
{
    private const int Tokens = 11, Vocabulary = 3, Hidden = 48, Heads = 3, Inputs = 3;

    /// <summary>Both sides are fp32.</summary>
    private const double Tolerance = 1e-4;

    [Fact]
    public void Logits_and_attention_agree_with_the_stored_ones()
    {
        string folder = TestAssets.Require("models/gpt-nano-sort");
        using JsonDocument weights = Read(folder, "gpt-nano-sort-model.json"), stored = Read(folder, "gpt-nano-sort-t0-partials.json");
        using var temporary = new TemporaryFolder();
        ModelSpec spec = Spec();
        HuggingFaceExport.Save(temporary.FullName, new Gpt2(), spec, parameter => Parameter(weights.RootElement, spec, parameter), new());
        using Transformer model = Transformer.Load(HuggingFaceModel.Open(temporary.FullName));

        int[] ids = [.. Values(stored.RootElement, "idx").Select(id => (int)id)];
        float[] expected = Values(stored.RootElement, "lm_head"), attention = Values(stored.RootElement, "attSm");
        float[] logits = new float[Tokens * Vocabulary];
        for (int b = 0; b < Inputs; b++)
        {
            int[] input = ids[(b * Tokens)..((b + 1) * Tokens)];
            model.ComputeLogits(input, logits);
            Assert.InRange(Differences.Greatest(expected[(b * logits.Length)..((b + 1) * logits.Length)], logits), 0, Tolerance);
            for (int h = 0; h < Heads; h++)
            {
                int size = Tokens * Tokens, start = ((b * Heads) + h) * size;
                Assert.InRange(Differences.Greatest(attention[start..(start + size)], model.ComputeAttention(input, 0, h)), 0, Tolerance);
            }
        }
    }

    private static ModelSpec Spec()
    {
        var norm = new NormSpec.LayerNorm(1e-5, Bias: true);
        var block = new BlockSpec(norm, new(Heads, Heads, Hidden / Heads, new PositionSpec.None(), AttentionBias.All), norm,
            new FeedForwardSpec.Dense(4 * Hidden, Activation.GeluTanh, Bias: true));
        return new ModelSpec
        {
            Embedding = new(Vocabulary, Hidden, new PositionSpec.Learned(Tokens)),
            Decoder = StackSpec.Uniform(3, block, norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
            ContextLength = Tokens,
        };
    }

    /// <summary>The file has GPT-2's names but stores projections as [output, input], which is Weft's own layout.</summary>
    private static float[] Parameter(JsonElement weights, ModelSpec spec, ParameterSpec parameter)
    {
        WeightLocation location = new Gpt2().Locate(spec, parameter);
        int rowSize = (int)(parameter.Count / parameter.Shape[0]);
        return Values(weights, location.Name).AsSpan((int)location.RowOffset * rowSize, (int)parameter.Count).ToArray();
    }

    private static JsonDocument Read(string folder, string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, name)));

    private static float[] Values(JsonElement root, string name)
    {
        JsonElement tensor = root.GetProperty(name);
        byte[] bytes = tensor.GetProperty("data").GetBytesFromBase64();
        return tensor.GetProperty("dtype").GetString() switch
        {
            "torch.float32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "torch.int64" => [.. MemoryMarshal.Cast<byte, long>(bytes).ToArray().Select(value => (float)value)],
            string other => throw new NotSupportedException(other),
            null => throw new InvalidDataException(name),
        };
    }
}
