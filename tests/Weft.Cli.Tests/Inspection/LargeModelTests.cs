using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Cli.Tests.Inspection;

/// <summary>A model larger than the memory of many machines, whose file is a hole with a header before it.</summary>
public sealed class LargeModelTests
{
    private const int Vocabulary = 128_256, Hidden = 8192, Blocks = 80, KeyValueHeads = 8, HeadSize = 128, Inner = 28_672, Context = 131_072;

    [Fact]
    public void A_model_of_70_billion_parameters_is_inspected_from_its_header()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a file of 141 GB may take 141 GB");
        using var folder = new TemporaryFolder();
        try
        {
            Save(folder);
        }
        catch (IOException)
        {
            Assert.Skip("the file system has no room for a sparse file of 141 GB");
        }
        JsonElement json = CommandRun.Of("inspect", folder.FullName, "--json").Json;
        Assert.Equal(70_553_706_496, json.GetProperty("parameters").GetProperty("total").GetInt64());
        JsonElement memory = json.GetProperty("memory");
        Assert.Equal(2 * 70_553_706_496, memory.GetProperty("stored_weights").GetInt64());
        // The gains of norms are widened.
        Assert.Equal((2 * 70_553_706_496) + (2L * Hidden * ((2 * Blocks) + 1)), memory.GetProperty("weights").GetInt64());
        Assert.Equal(2L * Blocks * KeyValueHeads * HeadSize * sizeof(float), memory.GetProperty("cache_per_token").GetInt64());
        string text = CommandRun.Of("inspect", folder.FullName).OutputOfSuccess();
        Assert.Matches(@"\n  weights in the files \(BF16\) +131\.4 GiB\r?\n", text);
        Assert.Matches(@"\n  key-value cache of 131072 tokens, fp32 +80\.0 GiB\r?\n", text);
    }

    private static void Save(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("config.json"), $$"""
            {
              "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": {{Hidden}}, "intermediate_size": {{Inner}},
              "num_hidden_layers": {{Blocks}}, "num_attention_heads": {{Hidden / HeadSize}}, "num_key_value_heads": {{KeyValueHeads}},
              "max_position_embeddings": {{Context}}, "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "tie_word_embeddings": false
            }
            """);
        var norm = new NormSpec.RmsNorm(1e-5);
        var block = new BlockSpec(norm, new(Hidden / HeadSize, KeyValueHeads, HeadSize, new PositionSpec.Rotary(500_000), AttentionBias.None), norm,
            new FeedForwardSpec.Gated(Inner, Activation.Silu, Bias: false));
        var spec = new ModelSpec
        {
            Embedding = new(Vocabulary, Hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(Blocks, block, norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
            ContextLength = Context,
        };
        var llama = new Llama();
        long end = 0;
        byte[] header = Encoding.UTF8.GetBytes($"{{{string.Join(',', ModelParameters.Enumerate(spec).Select(parameter =>
        {
            long begin = end;
            end += 2 * parameter.Count;
            return $"\"{llama.Locate(spec, parameter).Name}\":{{\"dtype\":\"BF16\",\"shape\":[{string.Join(',', parameter.Shape)}],\"data_offsets\":[{begin},{end}]}}";
        }))}}}");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        using FileStream file = File.Create(folder.File("model.safetensors"));
        file.Write([.. length, .. header]);
        file.SetLength(length.Length + header.Length + end);
    }
}
