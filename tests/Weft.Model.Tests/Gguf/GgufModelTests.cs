using System.Runtime.InteropServices;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.HuggingFace;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.Gguf;

/// <summary>What holds for every family: folder to file and back loses nothing.</summary>
public sealed class GgufModelTests
{
    public static TheoryData<string, int> Samples => CatalogueSamples.All;

    [Theory]
    [MemberData(nameof(Samples))]
    public void Folder_to_file_to_folder_gives_equal_tensors_and_texts(string modelType, int sample)
    {
        foreach (ElementType type in new[] { ElementType.F32, ElementType.F16, ElementType.BF16 })
        {
            using var folder = new ModelFolder(modelType, sample);
            using var work = new TemporaryFolder();
            string typed = work.File("typed"), file = work.File("model.gguf"), back = work.File("back");
            using (Checkpoint source = Checkpoint.Open(folder.Path))
                HuggingFaceExport.Save(typed, source, new() { Type = type });
            File.WriteAllText(Path.Combine(typed, "tokenizer_config.json"), "{ \"织\": 1 }");
            using (Checkpoint source = Checkpoint.Open(typed))
            {
                GgufExport.Save(file, source, [], new());
                using GgufModel written = GgufModel.Open(file);
                Assert.Equal(source.Spec, written.Spec);
                Assert.Same(source.Architecture, written.Architecture);
                Assert.Equal([2], written.EndOfTextIds);
                CheckWeights(source, written);
                Assert.All(written.File.Tensors.Values, tensor => Assert.Equal(tensor.Shape.Length == 1 ? ElementType.F32 : type, tensor.Type));
                HuggingFaceExport.Save(back, written, new());
            }
            Assert.Equal(Directory.GetFiles(typed).Select(Path.GetFileName).Order(), Directory.GetFiles(back).Select(Path.GetFileName).Order());
            foreach (string path in Directory.GetFiles(typed))
                Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(back, Path.GetFileName(path))));
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Without_its_config_a_file_that_llama_cpp_knows_says_the_same(string modelType, int sample)
    {
        using var folder = new ModelFolder(modelType, sample);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        string file = work.File("model.gguf"), bare = work.File("bare.gguf");
        GgufExport.Save(file, source, [], new());
        using (GgufModel written = GgufModel.Open(file))
        {
            if (written.HasOwnNames)
                return;
            WithoutConfig(written, bare);
        }
        using GgufModel read = GgufModel.Open(bare);
        Assert.Equal(source.Spec, read.Spec);
        Assert.Equal(source.Architecture.Gguf!.Name, read.Architecture.Gguf!.Name);
        // Weft's own keys have what is lost where one is added to Gemma's gains.
        CheckWeights(source, read, source.Architecture.Gguf.Gemma is null ? 0 : 1f / (1 << 24));
    }

    [Theory]
    [InlineData("llama", 0, "llama")]
    [InlineData("llama", 1, "llama")]
    [InlineData("mistral", 0, "llama")]
    [InlineData("qwen2", 0, "qwen2")]
    [InlineData("qwen2", 1, "qwen2")]
    [InlineData("qwen3", 0, "qwen3")]
    // llama.cpp loads no biases of this family's attention.
    [InlineData("qwen3", 1, "weft")]
    [InlineData("qwen3_moe", 0, "qwen3moe")]
    // Weights of experts that are not scaled to one, and blocks without experts.
    [InlineData("qwen3_moe", 1, "weft")]
    [InlineData("mixtral", 0, "llama")]
    // A window, which llama.cpp does not have for Llama.
    [InlineData("mixtral", 1, "weft")]
    // Scores are scaled by another number than llama.cpp takes for the size.
    [InlineData("gemma2", 0, "weft")]
    [InlineData("gemma2", 1, "weft")]
    [InlineData("gemma2", 3, "gemma2")]
    [InlineData("gemma3_text", 0, "weft")]
    [InlineData("gemma3_text", 4, "gemma3")]
    [InlineData("gemma3_text", 5, "gemma3")]
    // llama.cpp passes over the window.
    [InlineData("phi3", 0, "weft")]
    [InlineData("phi3", 1, "phi3")]
    [InlineData("phi3", 2, "phi3")]
    // llama.cpp computes GPT-NeoX with the tanh approximation alone, with biases, and with a head of its own.
    [InlineData("gpt_neox", 0, "weft")]
    [InlineData("gpt_neox", 1, "weft")]
    [InlineData("gpt_neox", 3, "gptneox")]
    [InlineData("gpt_neox", 4, "gptneox")]
    [InlineData("bloom", 0, "bloom")]
    [InlineData("bloom", 1, "bloom")]
    [InlineData("bloom", 2, "weft")]
    [InlineData("gpt2", 0, "gpt2")]
    // llama.cpp computes GPT-2 with the tanh approximation alone.
    [InlineData("gpt2", 1, "weft")]
    public void A_family_is_written_as_llama_cpp_knows_it(string modelType, int sample, string expected)
    {
        using var folder = new ModelFolder(modelType, sample);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(work.File("model.gguf"), source, [], new());
        using GgufModel written = GgufModel.Open(work.File("model.gguf"));
        Assert.Equal(expected, written.File.Keys.First(key => key.Name == "general.architecture").Value);
        Assert.Equal(expected == "weft", written.HasOwnNames);
        Assert.Equal(expected == "weft", written.File.Tensors.ContainsKey("embedding.tokens.weight"));
        Assert.Equal(expected != "weft", written.File.Tensors.ContainsKey("token_embd.weight"));
    }

    [Fact]
    public void Rotary_pairs_lie_side_by_side_in_a_file_of_llama()
    {
        // Two heads of four rows: halves (0, 1 | 2, 3) become pairs (0, 2), (1, 3).
        using var folder = new ModelFolder("llama", 1);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(work.File("model.gguf"), source, [], new());
        using GgufModel written = GgufModel.Open(work.File("model.gguf"));
        foreach (string suffix in new[] { "weight", "bias" })
        {
            ParameterSpec query = ModelParameters.Enumerate(source.Spec).Single(parameter => parameter.Name == $"blocks.0.attention.query.{suffix}");
            int columns = (int)(query.Count / 8);
            float[] plain = CatalogueSamples.RandomWeights(query), stored = new float[query.Count];
            written.File.Tensors[$"blk.0.attn_q.{suffix}"].ReadFloats(0, stored);
            int[] order = [0, 2, 1, 3, 4, 6, 5, 7];
            Assert.Equal(order.SelectMany(row => plain.Skip(row * columns).Take(columns)), stored);
            Assert.False(written.TryMap(query, out _));
        }
    }

    [Fact]
    public void Query_key_and_value_of_GPT2_share_a_tensor_that_stands_upright()
    {
        using var folder = new ModelFolder("gpt2");
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(work.File("model.gguf"), source, [], new());
        using GgufModel written = GgufModel.Open(work.File("model.gguf"));
        float[] stored = new float[3 * 8 * 8];
        written.File.Tensors["blk.1.attn_qkv.weight"].ReadFloats(0, stored);
        string[] parts = ["query", "key", "value"];
        Assert.Equal(parts.SelectMany(part => CatalogueSamples.RandomWeights(
            ModelParameters.Enumerate(source.Spec).Single(parameter => parameter.Name == $"blocks.1.attention.{part}.weight"))), stored);
    }

    [Theory]
    [InlineData(20u, 20)]
    [InlineData(0u, null)]
    public void A_window_of_Phi_3_is_read_although_llama_cpp_passes_over_it(uint written, int? expected)
    {
        using var folder = new ModelFolder("phi3", 1);
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf"), changed = work.File("changed.gguf");
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(file, source, [], new());
        using (GgufModel model = GgufModel.Open(file))
            Rewrite(model, changed, pair => pair.Key == "phi3.vocab_size" ? new("phi3.attention.sliding_window", written) : pair);
        using GgufModel read = GgufModel.Open(changed);
        Assert.Equal(expected is { } size ? new AttentionMask.SlidingWindow(size) : new AttentionMask.Causal(), read.Spec.Decoder!.Blocks[0].Attention.Mask);
    }

    [Fact]
    public void A_projection_of_all_experts_is_one_tensor()
    {
        using var folder = new ModelFolder("mixtral");
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(work.File("model.gguf"), source, [], new());
        using GgufModel written = GgufModel.Open(work.File("model.gguf"));
        foreach ((string projection, long[] shape) in new[] { ("gate", [4, 10, 8]), ("up", [4, 10, 8]), ("down", new long[] { 4, 8, 10 }) })
        {
            TensorView tensor = written.File.Tensors[$"blk.1.ffn_{projection}_exps.weight"];
            Assert.Equal(shape, tensor.Shape);
            float[] stored = new float[tensor.Count];
            tensor.ReadFloats(0, stored);
            Assert.Equal(Enumerable.Range(0, 4).SelectMany(expert => CatalogueSamples.RandomWeights(
                ModelParameters.Enumerate(source.Spec).Single(parameter => parameter.Name == $"blocks.1.feed_forward.experts.{expert}.{projection}.weight"))), stored);
        }
    }

    [Fact]
    public void Gemmas_gains_have_one_added_and_come_back_whole()
    {
        using var folder = new ModelFolder("gemma2", sample: 3);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        string file = work.File("model.gguf"), changed = work.File("changed.gguf");
        GgufExport.Save(file, source, [], new());
        using GgufModel written = GgufModel.Open(file);
        ParameterSpec gain = ModelParameters.Enumerate(source.Spec).Single(parameter => parameter.Name == "final_norm.weight");
        float[] plain = CatalogueSamples.RandomWeights(gain), stored = new float[gain.Count];
        written.File.Tensors["output_norm.weight"].ReadFloats(0, stored);
        Assert.Equal(plain.Select(value => value + 1), stored);
        Assert.Contains(written.File.Keys, key => key.Name == "weft.exact.final_norm.weight");
        Assert.False(written.TryMap(gain, out _));
        // A tensor that somebody changed without the key that belongs to it.
        byte[] bytes = File.ReadAllBytes(file);
        int at = bytes.AsSpan().LastIndexOf(MemoryMarshal.AsBytes(stored.AsSpan()));
        BitConverter.TryWriteBytes(bytes.AsSpan(at), 7f);
        File.WriteAllBytes(changed, bytes);
        using GgufModel other = GgufModel.Open(changed);
        Assert.Contains("'weft.exact.final_norm.weight'", Refusal.Check(() => other.Read(gain, stored), changed).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_to_which_one_is_added_without_loss_need_no_key()
    {
        using var folder = new ModelFolder("gemma2", sample: 3);
        using var work = new TemporaryFolder();
        string typed = work.File("typed"), file = work.File("model.gguf");
        using (Checkpoint source = Checkpoint.Open(folder.Path))
            HuggingFaceExport.Save(typed, source, new() { Type = ElementType.BF16 });
        using (Checkpoint source = Checkpoint.Open(typed))
            GgufExport.Save(file, source, [], new());
        using GgufModel written = GgufModel.Open(file);
        Assert.DoesNotContain(written.File.Keys, key => key.Name.StartsWith("weft.exact.", StringComparison.Ordinal));
    }

    public static TheoryData<string> Misfits => [.. MisfitCases.Keys];

    private static Dictionary<string, (Func<string, uint, KeyValuePair<string, object>> Change, string Word)> MisfitCases => new()
    {
        ["another family"] = ((key, value) => new(key, key == "general.architecture" ? "mamba" : value), "'mamba'"),
        ["a key that Weft does not know"] = ((key, value) => new(key == "llama.vocab_size" ? "llama.attn_logit_softcapping" : key, value), "llama.attn_logit_softcapping"),
        ["experts"] = ((key, value) => new(key == "llama.vocab_size" ? "llama.expert_count" : key, value), "llama.expert_used_count"),
        ["heads that are rotated partly"] = ((key, value) => new(key, key == "llama.rope.dimension_count" ? 1u : value), "llama.rope.dimension_count"),
        ["no heads"] = ((key, value) => new(key, key == "llama.attention.head_count" ? 0u : value), "llama.attention.head_count"),
        ["a missing width"] = ((key, value) => new(key == "llama.embedding_length" ? "other" : key, value), "llama.embedding_length"),
        ["a text for a number"] = ((key, value) => new(key, key == "llama.embedding_length" ? "8" : value), "llama.embedding_length"),
        ["too many blocks"] = ((key, value) => new(key, key == "llama.block_count" ? uint.MaxValue : value), "llama.block_count"),
        ["more blocks than tensors"] = ((key, value) => new(key, key == "llama.block_count" ? 10_000u : value), "llama.block_count"),
        ["a block more"] = ((key, value) => new(key, key == "llama.block_count" ? 3u : value), "blk.2."),
        ["a block less"] = ((key, value) => new(key, key == "llama.block_count" ? 1u : value), "blk.1."),
        ["one of several parts"] = ((key, value) => new(key == "llama.vocab_size" ? "split.count" : key, value), "split.count"),
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void A_file_whose_keys_say_what_Weft_does_not_compute_is_refused_by_name(string misfit)
    {
        (Func<string, uint, KeyValuePair<string, object>> change, string word) = MisfitCases[misfit];
        using var folder = new ModelFolder();
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf"), changed = work.File("changed.gguf");
        using (Checkpoint source = Checkpoint.Open(folder.Path))
            GgufExport.Save(file, source, [], new());
        using (GgufModel written = GgufModel.Open(file))
            Rewrite(written, changed, pair => pair.Value is uint number ? change(pair.Key, number) : pair.Key == "general.architecture" && misfit == "another family" ? change(pair.Key, 0) : pair);
        Assert.Contains(word, Refusal.Check(() => GgufModel.Open(changed).Dispose(), changed).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8.0, 8192, true)]
    [InlineData(32.0, 8192, true)]
    [InlineData(8.0, 16, false)]
    public void Llama_3s_scaling_is_a_tensor_and_is_recognised(double factor, int original, bool published)
    {
        using var folder = new ModelFolder();
        folder.SetConfig("rope_scaling", FormattableString.Invariant(
            $$"""{"rope_type":"llama3","factor":{{factor}},"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":{{original}}}"""));
        folder.SetConfig("head_dim", "64");
        folder.ChangeTensors(tensor => tensor.Name.Contains("self_attn", StringComparison.Ordinal) ? Widened(tensor) : tensor);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        string file = work.File("model.gguf"), bare = work.File("bare.gguf");
        GgufExport.Save(file, source, [], new());
        using (GgufModel written = GgufModel.Open(file))
        {
            Assert.Equal(source.Spec, written.Spec);
            float[] factors = new float[32];
            written.File.Tensors["rope_freqs.weight"].ReadFloats(0, factors);
            Assert.Equal(published ? 1f : factors[0], factors[0]);
            Assert.Equal((float)factor, factors[^1]);
            WithoutConfig(written, bare);
        }
        if (!published)
        {
            Assert.Contains("rope_freqs.weight", Refusal.Check(() => GgufModel.Open(bare).Dispose(), bare).Message, StringComparison.Ordinal);
            return;
        }
        using GgufModel read = GgufModel.Open(bare);
        Assert.Equal(source.Spec, read.Spec);
    }

    [Fact]
    public void A_published_file_is_read_whole()
    {
        string path = TestAssets.Require("models/llama2-tiny-random/llama-2-tiny-random.gguf");
        using Checkpoint model = Checkpoint.Open(path);
        var norm = new NormSpec.RmsNorm(1e-5);
        Assert.Equal(new ModelSpec
        {
            Embedding = new(32_000, 8, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(1, new(norm, new(2, 2, 4, new PositionSpec.Rotary(10_000), AttentionBias.None), norm,
                new FeedForwardSpec.Gated(32, Activation.Silu, false)), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
            ContextLength = 4096,
        }, model.Spec);
        Assert.Equal([2], model.EndOfTextIds);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.All(read, value => Assert.True(float.IsFinite(value)));
            Assert.Contains(read, value => value != 0);
        }
        using var work = new TemporaryFolder();
        HuggingFaceExport.Save(work.FullName, model, new());
        using Checkpoint back = Checkpoint.Open(work.FullName);
        Assert.Equal(model.Spec, back.Spec);
        Assert.Equal([2], back.EndOfTextIds);
        CheckWeights(model, back);
    }

    internal static void WithoutConfig(GgufModel model, string path) => Rewrite(model, path, pair => pair);

    /// <summary>Numbers and llama.cpp's own texts, changed; nothing of Weft's own.</summary>
    private static void Rewrite(GgufModel model, string path, Func<KeyValuePair<string, object>, KeyValuePair<string, object>> change) => GgufWriter.Write(path,
        [.. model.File.Keys.Where(key => key.Type != "String" || key.Name.StartsWith("general.", StringComparison.Ordinal) || key.Name.Contains(".rope.", StringComparison.Ordinal))
            .Where(key => !key.Value.EndsWith(" values", StringComparison.Ordinal))
            .Select(key => KeyValuePair.Create<string, object>(key.Name, key.Type switch
            {
                "UInt32" => uint.Parse(key.Value, System.Globalization.CultureInfo.InvariantCulture),
                "Float32" => float.Parse(key.Value, System.Globalization.CultureInfo.InvariantCulture),
                "Bool" => key.Value == "true",
                _ => key.Value,
            })).Select(change)],
        [.. model.File.Tensors.Values.Select(view => new TensorSource(view.Name, view.Type, view.Shape, stream =>
        {
            byte[] bytes = new byte[view.ByteCount];
            view.ReadBytes(0, bytes);
            stream.Write(bytes);
        }))]);

    private static RawSafetensors.Tensor Widened(RawSafetensors.Tensor tensor)
    {
        bool output = tensor.Name.Contains("o_proj", StringComparison.Ordinal);
        long[] shape = output ? [8, 256] : [tensor.Name.Contains("q_proj", StringComparison.Ordinal) ? 256 : 128, 8];
        return tensor with { Shape = shape, Bytes = new byte[4 * shape[0] * shape[1]] };
    }

    private static void CheckWeights(Checkpoint expected, Checkpoint found, float tolerance = 0)
    {
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(expected.Spec))
        {
            float[] one = new float[parameter.Count], two = new float[parameter.Count];
            expected.Read(parameter, one);
            found.Read(parameter, two);
            Assert.All(one.Zip(two), pair => Assert.InRange(pair.Second, pair.First - tolerance, pair.First + tolerance));
            if (!found.TryMap(parameter, out TensorView view))
                continue;
            view.ReadFloats(0, two);
            Assert.Equal(one, two);
        }
    }
}
