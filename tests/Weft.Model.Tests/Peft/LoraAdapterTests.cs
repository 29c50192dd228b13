using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Peft;

/// <summary>Adapters of PEFT: what an adapted model's parameters are.</summary>
public sealed class LoraAdapterTests
{
    /// <summary>lora_alpha 16 by r 2.</summary>
    private const double Scale = 8;

    private const string Query = "model.layers.0.self_attn.q_proj", Down = "model.layers.1.mlp.down_proj";

    [Theory]
    [InlineData("llama", 0, Query, Down)]
    [InlineData("llama", 2, Query, "lm_head")]
    [InlineData("gpt2", 0, "transformer.h.0.attn.c_attn", "transformer.h.0.attn.c_proj", "transformer.h.1.mlp.c_fc")]
    [InlineData("phi3", 0, "model.layers.0.self_attn.qkv_proj", "model.layers.1.mlp.gate_up_proj", "model.layers.0.self_attn.o_proj")]
    [InlineData("bloom", 0, "transformer.h.1.self_attention.query_key_value", "transformer.h.0.mlp.dense_h_to_4h")]
    public void A_weight_is_that_of_the_model_and_its_part_of_the_product(string modelType, int sample, params string[] modules)
    {
        using var folder = new AdapterFolder(modelType, sample);
        foreach (string module in modules)
            folder.AddPair(module);
        folder.Write().Check(_ => Scale);
    }

    [Fact]
    public void A_pytorch_file_and_names_without_the_prefix_of_the_base_model_are_read_too()
    {
        using var folder = new AdapterFolder();
        folder.AddPair(Query);
        folder.Write(pyTorch: true).Check(_ => Scale);
        using var bare = new AdapterFolder();
        foreach ((string name, (long[], float[]) tensor) in folder.Tensors)
            bare.Tensors[name["model.".Length..]] = tensor;
        bare.Write();
        using Checkpoint expected = folder.Open(), found = bare.Open();
        Assert.All(ModelParameters.Enumerate(found.Spec), parameter => Assert.Equal(AdapterFolder.Read(expected, parameter), AdapterFolder.Read(found, parameter)));
    }

    [Fact]
    public void Patterns_give_modules_ranks_and_alphas_of_their_own()
    {
        using var folder = new AdapterFolder();
        folder.AddPair(Query, 3);
        folder.AddPair("model.layers.0.self_attn.k_proj", 1);
        folder.AddPair(Down);
        // The first pattern that fits decides; q_proj is the end of the name, not of one of its parts.
        folder.Set("rank_pattern", """{"q_proj":3,".*layers\\.0.*":1,"_proj":7}""");
        folder.Set("alpha_pattern", """{"layers.1.mlp.down_proj":5}""");
        folder.Set("use_rslora", "true");
        folder.Write().Check(module => module == Query ? 16 / Math.Sqrt(3) : module == Down ? 5 / Math.Sqrt(2) : 16);
    }

    [Theory]
    [InlineData("""["q_proj","down_proj"]""", "[0,1]")]
    [InlineData("\"model\\\\.(?!vision).*(self_attn|mlp)\\\\.(q|down)_proj\"", "null")]
    public void The_config_may_name_the_modules_by_a_list_or_an_expression(string targets, string layers)
    {
        using var folder = new AdapterFolder();
        folder.AddPair(Query);
        folder.AddPair(Down);
        folder.Set("target_modules", targets);
        folder.Set("layers_to_transform", layers);
        folder.Set("layers_pattern", "\"layers\"");
        folder.Write().Check(_ => Scale);
    }

    [Fact]
    public void Whole_tensors_and_biases_stand_in_place_of_the_models()
    {
        using var folder = new AdapterFolder("gpt2", 2);
        folder.Add("score.weight", 5, 8);
        folder.Add("transformer.h.0.attn.c_attn.bias", 24);
        folder.AddPair("transformer.h.0.attn.c_attn");
        folder.Set("bias", "\"all\"");
        folder.Set("modules_to_save", """["score"]""");
        folder.Write().Check(_ => Scale);
    }

    [Fact]
    public void Wrappers_in_names_of_tensors_mean_the_module_itself()
    {
        using AdapterFolder plain = new("gpt2", 2), wrapped = new("gpt2", 2);
        plain.Add("score.weight", 5, 8);
        plain.Add("transformer.h.0.mlp.c_fc.bias", 32);
        wrapped.Tensors["score.modules_to_save.weight"] = plain.Tensors["score.weight"];
        wrapped.Tensors["transformer.h.0.mlp.c_fc.base_layer.bias"] = plain.Tensors["transformer.h.0.mlp.c_fc.bias"];
        plain.Write().Check(_ => Scale);
        using Checkpoint expected = plain.Open(), found = wrapped.Write().Open();
        Assert.All(ModelParameters.Enumerate(found.Spec), parameter => Assert.Equal(AdapterFolder.Read(expected, parameter), AdapterFolder.Read(found, parameter)));
    }

    /// <summary>PEFT adds the transpose of B·A to the table.</summary>
    [Fact]
    public void An_untied_embedding_is_adapted_by_rows_of_a_transpose()
    {
        using var folder = new AdapterFolder("llama", 2);
        folder.Add("model.embed_tokens.lora_embedding_A", 2, 5);
        folder.Add("model.embed_tokens.lora_embedding_B", 4, 2);
        using Checkpoint adapted = folder.Write().Open();
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Base.Path);
        ParameterSpec table = ModelParameters.Enumerate(model.Spec).First();
        float[] a = folder.Tensors["model.embed_tokens.lora_embedding_A"].Values, b = folder.Tensors["model.embed_tokens.lora_embedding_B"].Values;
        float[] before = AdapterFolder.Read(model, table), after = AdapterFolder.Read(adapted, table);
        for (int v = 0; v < 5; v++)
            for (int d = 0; d < 4; d++)
                Assert.Equal(before[(v * 4) + d] + (Scale * ((a[v] * b[2 * d]) + (a[5 + v] * b[(2 * d) + 1]))), after[(v * 4) + d], 1e-5);
    }

    /// <summary>Rows of W + s·B·A, each brought to its own length; the long name is that of the module's own tensor.</summary>
    [Theory]
    [InlineData("llama", Query, ".lora_magnitude_vector")]
    [InlineData("llama", Down, ".lora_magnitude_vector.weight")]
    [InlineData("gpt2", "transformer.h.0.attn.c_attn", ".lora_magnitude_vector")]
    [InlineData("phi3", "model.layers.0.self_attn.qkv_proj", ".lora_magnitude_vector")]
    [InlineData("bloom", "transformer.h.1.self_attention.query_key_value", ".lora_magnitude_vector")]
    public void Rows_of_DoRA_have_lengths_of_their_own(string modelType, string module, string ending)
    {
        using var folder = new AdapterFolder(modelType);
        folder.AddDora(module, ending);
        folder.Write().Check(_ => Scale);
    }

    [Theory]
    [InlineData("llama", Query)]
    [InlineData("gpt2", "transformer.h.0.attn.c_attn")]
    public void A_merged_adapter_is_taken_out_again(string modelType, string module)
    {
        using var folder = new AdapterFolder(modelType);
        folder.AddPair(module);
        folder.Write();
        using TemporaryFolder merged = new(), back = new();
        using (Checkpoint adapted = folder.Open())
            HuggingFaceExport.Save(merged.FullName, adapted, new());
        using (Checkpoint removed = LoraAdapter.Open(folder.Path).Remove(HuggingFaceModel.Open(merged.FullName)))
            HuggingFaceExport.Save(back.FullName, removed, new());
        using HuggingFaceModel before = HuggingFaceModel.Open(folder.Base.Path), between = HuggingFaceModel.Open(merged.FullName), after = HuggingFaceModel.Open(back.FullName);
        double changed = 0;
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(before.Spec))
        {
            float[] expected = AdapterFolder.Read(before, parameter);
            // Sums of numbers of order 1 to 10, rounded twice.
            Assert.Equal(expected, AdapterFolder.Read(after, parameter), (a, b) => Math.Abs(a - b) < 5e-6);
            changed = Math.Max(changed, expected.Zip(AdapterFolder.Read(between, parameter), (a, b) => Math.Abs(a - b)).Max());
        }
        Assert.True(changed > 0.5);
    }

    [Fact]
    public void What_a_merged_model_has_lost_cannot_be_taken_out()
    {
        using AdapterFolder dora = new(), whole = new("gpt2", 2);
        dora.AddDora(Query);
        whole.AddPair("transformer.h.0.attn.c_attn");
        whole.Add("score.weight", 5, 8);
        foreach ((AdapterFolder folder, string reason) in new[] { (dora, "lost their lengths"), (whole, "score.weight' stands in place of the model's own") })
        {
            folder.Write();
            Assert.Contains(reason, Assert.Throws<CheckpointException>(() => LoraAdapter.Open(folder.Path).Remove(HuggingFaceModel.Open(folder.Base.Path))).Message, StringComparison.Ordinal);
            foreach (string file in new[] { folder.Weights, folder.Base.Weights })
                new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        }
    }

    [Fact]
    public void A_gguf_file_is_adapted_like_the_folder_that_it_was_written_from()
    {
        using var folder = new AdapterFolder();
        folder.AddPair(Query);
        folder.AddPair(Down);
        folder.Write();
        using var work = new TemporaryFolder();
        using (HuggingFaceModel model = HuggingFaceModel.Open(folder.Base.Path))
            GgufExport.Save(work.File("model.gguf"), model, [], new());
        using Checkpoint expected = folder.Open(), found = LoraAdapter.Open(folder.Path).Apply(Checkpoint.Open(work.File("model.gguf")));
        Assert.All(ModelParameters.Enumerate(found.Spec), parameter => Assert.Equal(AdapterFolder.Read(expected, parameter), AdapterFolder.Read(found, parameter)));
    }

    [Fact]
    public void A_merged_folder_has_the_adapted_weights_and_the_models_texts()
    {
        using var folder = new AdapterFolder("phi3");
        folder.AddPair("model.layers.0.self_attn.qkv_proj");
        folder.Write();
        using var merged = new TemporaryFolder();
        using Checkpoint adapted = folder.Open();
        HuggingFaceExport.Save(merged.FullName, adapted, new());
        using HuggingFaceModel written = HuggingFaceModel.Open(merged.FullName);
        Assert.All(ModelParameters.Enumerate(written.Spec), parameter => Assert.Equal(AdapterFolder.Read(adapted, parameter), AdapterFolder.Read(written, parameter)));
        Assert.Equal(File.ReadAllText(folder.Base.Config), File.ReadAllText(merged.File("config.json")));
        Assert.Equal([2], adapted.EndOfTextIds);
    }
}
