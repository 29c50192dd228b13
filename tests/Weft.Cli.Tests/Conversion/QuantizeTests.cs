using System.Text.Json;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Text;

namespace Weft.Cli.Tests.Conversion;

/// <summary><c>weft quantize</c>.</summary>
public sealed class QuantizeTests
{
    /// <summary>Rows of one large block; 101 words, as the tokenizer of the tests has them.</summary>
    private static readonly RandomModel.LlamaSizes Sizes = new(Hidden: 256, Heads: 4, KeyValueHeads: 2, HeadSize: 64, Inner: 256);

    [Fact]
    public void The_file_is_quantized_and_keeps_tokenizer_and_texts()
    {
        using SavedModel saved = SavedModel.Llama(Sizes);
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf");
        Assert.Contains("llama as Q4_K_M,", CommandRun.Of("quantize", saved.Folder, file).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Equal(["model.gguf"], work.Names);
        using (GgufModel model = GgufModel.Open(file))
        {
            Assert.Equal(ElementType.Q6_K, model.File.Tensors["output.weight"].Type);
            Assert.Equal(ElementType.Q4_K, model.File.Tensors["blk.1.ffn_up.weight"].Type);
            Assert.Equal(ElementType.F32, model.File.Tensors["blk.1.ffn_norm.weight"].Type);
            Assert.Equal("15", $"{model.File.Keys.Single(key => key.Name == "general.file_type").Value}");
            Assert.Equal(File.ReadAllText(saved.File("config.json")), model.ReadCompanion("config.json"));
        }
        Assert.Equal(Tokenizer.Load(saved.Folder).EncodeToIds("abc 三"), Tokenizer.Load(file).EncodeToIds("abc 三"));
        CommandRun.Of("inspect", file, "--check").OutputOfSuccess();
    }

    /// <summary>A model of 656,000 weights that is tossed about soon: after eight tokens its texts part.</summary>
    [Fact]
    public void Eight_bits_generate_what_the_model_does()
    {
        string published = TestAssets.Require("models/tinystories-656k");
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf");
        CommandRun.Of("quantize", published, file, "--to", "q8_0").OutputOfSuccess();
        string Text(string model) => CommandRun.Of("generate", model, "Once upon a time", "--temperature", "0", "--max-tokens", "5", "--ids").OutputOfSuccess();
        Assert.Equal(Text(published), Text(file));
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys()
    {
        using SavedModel saved = SavedModel.Llama(Sizes);
        using var work = new TemporaryFolder();
        JsonElement json = CommandRun.Of("quantize", saved.Folder, work.File("model.gguf"), "--to", "q8_0", "--json").Json;
        Assert.Equal(["path", "model_type", "format", "quantization", "parameters", "importance", "bytes", "bits_per_weight", "tensor_types", "seconds"], CommandRun.Keys(json));
        Assert.Equal(("llama", "gguf", "Q8_0"), (json.GetProperty("model_type").GetString(), json.GetProperty("format").GetString(), json.GetProperty("quantization").GetString()));
        Assert.Equal(new FileInfo(work.File("model.gguf")).Length, json.GetProperty("bytes").GetInt64());
        Assert.Equal(16, json.GetProperty("tensor_types").GetProperty("Q8_0").GetInt32());
        Assert.InRange(json.GetProperty("bits_per_weight").GetDouble(), 8.5, 8.6);
    }

    [Fact]
    public void Rows_that_are_no_blocks_are_told()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        string error = CommandRun.Of("quantize", saved.Folder, work.File("model.gguf"), "--to", "q6_k").Error;
        Assert.Contains("warning: 16 tensors have rows that are no blocks of 256 and became F16", error, StringComparison.Ordinal);
        Assert.DoesNotContain("no blocks", CommandRun.Of("quantize", saved.Folder, work.File("half.gguf"), "--to", "f16").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quantized_model_is_taken_only_on_request()
    {
        using SavedModel saved = SavedModel.Llama(Sizes);
        using var work = new TemporaryFolder();
        string once = work.File("once.gguf"), twice = work.File("twice.gguf");
        CommandRun.Of("quantize", saved.Folder, once, "--to", "q8_0").OutputOfSuccess();
        string refusal = CommandRun.Of("quantize", once, twice).Refusal(Failure.Usage);
        Assert.Contains("(Q8_0)", refusal, StringComparison.Ordinal);
        Assert.Contains("--requantize", refusal, StringComparison.Ordinal);
        Assert.False(File.Exists(twice));
        CommandRun.Of("quantize", once, twice, "--requantize", "--to", "q2_k").OutputOfSuccess();
        using Checkpoint model = Checkpoint.Open(twice);
        Assert.Equal(saved.Model.Spec, model.Spec);
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name_and_leaves_nothing()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        File.WriteAllText(work.File("old.gguf"), "old");
        Assert.Contains("q4_k_m, q4_k_s", CommandRun.Of("quantize", saved.Folder, work.File("x.gguf"), "--to", "q4").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("ends with .gguf", CommandRun.Of("quantize", saved.Folder, work.File("folder")).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("--force", CommandRun.Of("quantize", saved.Folder, work.File("old.gguf")).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("the same", CommandRun.Of("quantize", work.File("old.gguf"), work.File("old.gguf"), "--force").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("absent", CommandRun.Of("quantize", work.File("absent"), work.File("x.gguf")).Refusal(Failure.Error), StringComparison.Ordinal);
        Assert.Equal(["old.gguf"], work.Names);
        Assert.Equal("old", File.ReadAllText(work.File("old.gguf")));
        CommandRun.Of("quantize", saved.Folder, work.File("old.gguf"), "--force").OutputOfSuccess();
        Checkpoint.Open(work.File("old.gguf")).Dispose();
    }
}
