using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;
using Weft.Model.Tests.HuggingFace;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.Peft;

/// <summary>Adapters that Weft writes for PEFT.</summary>
public sealed class LoraSaveTests
{
    private const int Rank = 3;

    [Theory]
    [InlineData("llama", "query", false)]
    [InlineData("llama", "output", true)]
    [InlineData("gpt2", "query value", false)]
    [InlineData("phi3", "query key value gate up down", true)]
    [InlineData("bloom", "query value output", false)]
    public void What_is_written_changes_each_parameter_by_its_own_product(string modelType, string names, bool stabilised)
    {
        using var model = new ModelFolder(modelType);
        using var folder = new TemporaryFolder();
        string[] adapted = names.Split(' ');
        bool IsAdapted(ParameterSpec parameter) => parameter.Shape.Length == 2 && adapted.Contains(parameter.Name.Split('.')[^2]);
        Save(folder, model, parameter => IsAdapted(parameter) ? Pair(parameter) : null, stabilised);
        using HuggingFaceModel before = HuggingFaceModel.Open(model.Path);
        using Checkpoint after = LoraAdapter.Open(folder.FullName).Apply(HuggingFaceModel.Open(model.Path));
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            float[] expected = AdapterFolder.Read(before, parameter), found = AdapterFolder.Read(after, parameter);
            if (IsAdapted(parameter))
                Add(expected, Pair(parameter), (int)parameter.Shape[1], 6 / (stabilised ? Math.Sqrt(Rank) : Rank));
            Assert.Equal(expected, found, (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    [Fact]
    public void The_files_are_those_of_peft()
    {
        using var model = new ModelFolder();
        using var folder = new TemporaryFolder();
        Save(folder, model, parameter => parameter.Name.EndsWith("query.weight", StringComparison.Ordinal) || parameter.Name == "blocks.1.feed_forward.up.weight" ? Pair(parameter) : null);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], folder.Names);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!.AsObject();
        // All queries are adapted, but only one of the two up projections.
        Assert.Equal(["q_proj", "model.layers.1.mlp.up_proj"], config["target_modules"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(("LORA", "CAUSAL_LM", "models/base", "none"),
            ((string?)config["peft_type"], (string?)config["task_type"], (string?)config["base_model_name_or_path"], (string?)config["bias"]));
        Assert.Equal((3, 6.0, true, false), ((int)config["r"]!, (double)config["lora_alpha"]!, (bool)config["inference_mode"]!, (bool)config["fan_in_fan_out"]!));
        Assert.Empty(config["rank_pattern"]!.AsObject());
        RawSafetensors.Tensor[] tensors = RawSafetensors.Read(File.ReadAllBytes(folder.File("adapter_model.safetensors"))).Tensors;
        Assert.Equal(
            [
                "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight [3, 8]", "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight [8, 3]",
                "base_model.model.model.layers.1.mlp.up_proj.lora_A.weight [3, 8]", "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight [12, 3]",
                "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight [3, 8]", "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight [8, 3]",
            ],
            tensors.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal));
        using LoraAdapter adapter = LoraAdapter.Open(folder.FullName);
        Assert.Equal("models/base", adapter.BaseModel);
    }

    [Fact]
    public void Parameters_of_one_tensor_become_one_adapter_with_the_sum_of_their_ranks()
    {
        using var model = new ModelFolder("gpt2");
        using var folder = new TemporaryFolder();
        Save(folder, model, parameter => parameter.Name is "blocks.0.attention.query.weight" or "blocks.0.attention.value.weight" ? Pair(parameter) : null);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!.AsObject();
        Assert.Equal((6, 12.0, true), ((int)config["rank_pattern"]!["transformer.h.0.attn.c_attn"]!, (double)config["alpha_pattern"]!["transformer.h.0.attn.c_attn"]!, (bool)config["fan_in_fan_out"]!));
        RawSafetensors.Tensor[] tensors = RawSafetensors.Read(File.ReadAllBytes(folder.File("adapter_model.safetensors"))).Tensors;
        Assert.Equal([[6, 8], [24, 6]], tensors.Select(tensor => tensor.Shape));
    }

    /// <summary>Parameters of one tensor that have no pair keep the lengths that their rows have anyway.</summary>
    [Theory]
    [InlineData("llama", "query up")]
    [InlineData("gpt2", "query down")]
    [InlineData("bloom", "value")]
    public void Lengths_are_written_for_whole_tensors(string modelType, string names)
    {
        using var model = new ModelFolder(modelType);
        using var folder = new TemporaryFolder();
        bool IsAdapted(ParameterSpec parameter) => parameter.Shape.Length == 2 && names.Split(' ').Contains(parameter.Name.Split('.')[^2]);
        using HuggingFaceModel before = HuggingFaceModel.Open(model.Path);
        float[] Lengths(ParameterSpec parameter) => [.. AdapterFolder.Read(before, parameter).Chunk((int)parameter.Shape[1]).Select((row, i) => IsAdapted(parameter) ? 1 + (i * 0.25f) : Length(row))];
        LoraAdapter.Save(folder.FullName, before.Architecture, model.Spec, parameter => IsAdapted(parameter) ? Pair(parameter) : null, new() { Rank = Rank, Alpha = 6, Magnitudes = Lengths });
        using Checkpoint after = LoraAdapter.Open(folder.FullName).Apply(HuggingFaceModel.Open(model.Path));
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            float[] expected = AdapterFolder.Read(before, parameter), found = AdapterFolder.Read(after, parameter);
            if (IsAdapted(parameter))
            {
                int columns = (int)parameter.Shape[1];
                Add(expected, Pair(parameter), columns, 2);
                expected = [.. expected.Chunk(columns).SelectMany((row, i) => row.Select(value => value * (1 + (i * 0.25f)) / Length(row)))];
            }
            Assert.Equal(expected, found, (a, b) => Math.Abs(a - b) < 1e-5);
        }

        static float Length(float[] row) => (float)Math.Sqrt(row.Sum(value => (double)value * value));
    }

    [Fact]
    public void A_head_that_was_trained_as_a_whole_is_kept_beside_the_pairs()
    {
        using var model = new ModelFolder("gpt2", 2);
        using var folder = new TemporaryFolder();
        using HuggingFaceModel before = HuggingFaceModel.Open(model.Path);
        float[]? Whole(ParameterSpec parameter) => parameter.Name == "head.weight" ? [.. Enumerable.Range(0, (int)parameter.Count).Select(i => i * 0.5f)] : null;
        LoraAdapter.Save(folder.FullName, before.Architecture, model.Spec, parameter => parameter.Name == "blocks.0.attention.query.weight" ? Pair(parameter) : null, new() { Rank = Rank, Alpha = 6, Whole = Whole });
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!.AsObject();
        Assert.Equal(["score"], config["modules_to_save"]!.AsArray().Select(name => (string?)name));
        using Checkpoint after = LoraAdapter.Open(folder.FullName).Apply(HuggingFaceModel.Open(model.Path));
        ParameterSpec head = ModelParameters.Enumerate(model.Spec).Single(parameter => parameter.Name == "head.weight");
        Assert.Equal(Whole(head), AdapterFolder.Read(after, head));
    }

    [Fact]
    public void What_cannot_be_written_is_refused_before_anything_is()
    {
        using var model = new ModelFolder("gpt2");
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => Save(folder, model, _ => null));
        Assert.Throws<ArgumentException>(() => Save(folder, model, parameter => parameter.Name == "blocks.0.attention.query.bias" ? new([], []) : null));
        Assert.Throws<ArgumentException>(() => Save(folder, model, parameter => parameter.Name == "blocks.0.attention.query.weight" ? new([1], [1]) : null));
        Assert.Throws<NotSupportedException>(() => Save(folder, model, parameter => parameter.Name == ModelParameters.TokenEmbedding ? Pair(parameter) : null));
        Assert.Empty(folder.Names);
    }

    private static void Save(TemporaryFolder folder, ModelFolder model, Func<ParameterSpec, LoraMatrices?> read, bool stabilised = false)
    {
        string modelType = (string)JsonNode.Parse(File.ReadAllText(model.Config))!["model_type"]!;
        LoraAdapter.Save(folder.FullName, ArchitectureCatalogue.ForModelType(modelType), model.Spec, read,
            new() { Rank = Rank, Alpha = 6, RankStabilised = stabilised, BaseModel = "models/base" });
    }

    private static LoraMatrices Pair(ParameterSpec parameter)
    {
        var random = new Random(parameter.Name.Sum(c => c));
        float[] Draw(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => random.NextSingle() - 0.5f)];
        return new(Draw(Rank * parameter.Shape[1]), Draw(parameter.Shape[0] * Rank));
    }

    private static void Add(float[] weights, LoraMatrices pair, int columns, double scale)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < Rank; k++)
                sum += (double)pair.B[(i / columns * Rank) + k] * pair.A[(k * columns) + (i % columns)];
            weights[i] += (float)(scale * sum);
        }
    }
}
