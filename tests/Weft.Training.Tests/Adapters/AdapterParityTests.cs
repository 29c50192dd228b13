using Weft.Inference;
using Weft.Model;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;

namespace Weft.Training.Tests.Adapters;

/// <summary>An adapted model computes the same unmerged, merged, and saved and loaded by the engine in either form.</summary>
public sealed class AdapterParityTests
{
    /// <summary>Of logits of order 1 in fp32, whose sums are made in other orders.</summary>
    private const double Tolerance = 1e-5;

    public static TheoryData<string, AdapterKind, bool, string> Models()
    {
        var data = new TheoryData<string, AdapterKind, bool, string>();
        foreach (string family in AdaptedModels.Families)
            foreach (AdapterKind kind in Enum.GetValues<AdapterKind>())
                data.Add(family, kind, false, "all");
        // Of queries, keys and values, one tensor here and in GPT-2's files, some and not all; the root of the rank.
        data.Add("gpt2", AdapterKind.Lora, true, "query value down");
        data.Add("gpt2", AdapterKind.Dora, true, "value");
        data.Add("llama", AdapterKind.Dora, true, "k_proj up_proj");
        data.Add("bert", AdapterKind.Lora, false, "attention.output head.transform");
        data.Add("t5", AdapterKind.Dora, false, "EncDecAttention.k wo");
        return data;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Unmerged_merged_and_reloaded_are_one(string family, AdapterKind kind, bool stabilised, string targets)
    {
        ModelSpec spec = AdaptedModels.Spec(family);
        AdapterOptions options = AdaptedModels.Options(family, kind, targets.Split(' ')) with { RankStabilised = stabilised };
        (TrainableModel model, Dictionary<string, float[]> weights) = AdaptedModels.Random(spec, options);
        using TrainableModel unmerged = model, merged = new(spec, seed: 2), before = new(spec, seed: 2);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            merged.Write(parameter, unmerged.Read(parameter));
            before.Write(parameter, weights[parameter.Name]);
        }
        ModelInput Input() => SampleInput.For(spec).ToInput();
        float[] expected = AdaptedModels.Outputs(unmerged, spec, Input());
        Assert.InRange(AdaptedModels.Greatest(expected, AdaptedModels.Outputs(before, spec, Input())), 100 * Tolerance, double.PositiveInfinity);
        Assert.InRange(AdaptedModels.Greatest(expected, AdaptedModels.Outputs(merged, spec, Input())), 0, Tolerance);

        using TemporaryFolder whole = new(), origin = new(), adapter = new();
        Architecture architecture = ArchitectureCatalogue.ForModelType(family);
        HuggingFaceExport.Save(whole.FullName, architecture, spec, unmerged.Read, new());
        HuggingFaceExport.Save(origin.FullName, architecture, spec, parameter => weights[parameter.Name], new());
        AdapterExport.Write(adapter.FullName, architecture, unmerged, options, "somewhere");
        using Transformer ofWhole = Transformer.Load(Checkpoint.Open(whole.FullName)), ofPair = Transformer.Load(LoraAdapter.Open(adapter.FullName).Apply(Checkpoint.Open(origin.FullName)));
        Assert.InRange(AdaptedModels.Greatest(expected, AdaptedModels.Outputs(ofWhole, spec, Input())), 0, Tolerance);
        Assert.InRange(AdaptedModels.Greatest(expected, AdaptedModels.Outputs(ofPair, spec, Input())), 0, Tolerance);
    }

    [Theory]
    [InlineData("llama", AdapterKind.Lora)]
    [InlineData("gpt2", AdapterKind.Dora)]
    [InlineData("t5", AdapterKind.Lora)]
    public void A_base_in_four_bits_is_merged_as_it_was_computed(string family, AdapterKind kind)
    {
        ModelSpec spec = AdaptedModels.Spec(family);
        (TrainableModel model, Dictionary<string, float[]> weights) = AdaptedModels.Random(spec, AdaptedModels.Options(family, kind, "query", "down") with { FourBitBase = true });
        using TrainableModel unmerged = model, merged = new(spec, seed: 2);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
        {
            merged.Write(parameter, unmerged.Read(parameter));
            if (!parameter.Name.Contains("query", StringComparison.Ordinal) && !parameter.Name.Contains("down.weight", StringComparison.Ordinal))
            {
                bool narrow = parameter.Shape.Length == 2 && parameter.Part is "attention" or "feed-forward" && !parameter.Name.Contains("relative", StringComparison.Ordinal);
                double error = AdaptedModels.Greatest(weights[parameter.Name], unmerged.Read(parameter)), most = weights[parameter.Name].Max(Math.Abs);
                // The widest gap between two of the 16 values is 0.3 of the largest magnitude of a block.
                Assert.InRange(error, narrow && parameter.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1e-4 * most : 0, narrow ? 0.16 * most : 0);
            }
        }
        ModelInput Input() => SampleInput.For(spec).ToInput();
        Assert.InRange(AdaptedModels.Greatest(AdaptedModels.Outputs(unmerged, spec, Input()), AdaptedModels.Outputs(merged, spec, Input())), 0, Tolerance);
    }

    [Theory]
    [InlineData("llama", "base_model.model.model.layers.1.self_attn.q_proj 24 24", "base_model.model.model.layers.0.mlp.down_proj 48 24", "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj")]
    [InlineData("gpt2", "base_model.model.transformer.h.0.attn.c_attn 24 72", "base_model.model.transformer.h.1.mlp.c_fc 24 48", "c_attn,c_proj,c_fc")]
    [InlineData("bert", "base_model.model.bert.encoder.layer.0.attention.self.query 24 24", "base_model.model.bert.encoder.layer.1.output.dense 48 24", "query,key,value")]
    [InlineData("t5", "base_model.model.encoder.block.0.layer.0.SelfAttention.q 24 24", "base_model.model.decoder.block.1.layer.1.EncDecAttention.v 24 24", "q,k,v,o,wi_0,wi_1,wo")]
    [InlineData("bart", "base_model.model.model.encoder.layers.0.self_attn.q_proj 24 24", "base_model.model.model.decoder.layers.1.encoder_attn.v_proj 24 24", "q_proj,k_proj,v_proj,out_proj,fc1,fc2")]
    public void Names_and_shapes_are_those_of_peft(string family, string one, string other, string targets)
    {
        ModelSpec spec = AdaptedModels.Spec(family);
        AdapterOptions options = AdaptedModels.Options(family, AdapterKind.Dora) with { Dropout = 0.25 };
        using TrainableModel model = AdaptedModels.Random(spec, options).Model;
        using var folder = new TemporaryFolder();
        AdapterExport.Write(folder.FullName, ArchitectureCatalogue.ForModelType(family), model, options, "somewhere");
        using var file = Weft.Model.Checkpoints.Safetensors.SafetensorsFile.Open(folder.File("adapter_model.safetensors"));
        foreach (string[] words in new[] { one.Split(' '), other.Split(' ') })
        {
            (long inputs, long outputs) = (long.Parse(words[1]), long.Parse(words[2]));
            // GPT-2 has queries, keys and values in one module, whose rank is that of all three.
            long rank = words[0].EndsWith("c_attn", StringComparison.Ordinal) ? 3 * AdaptedModels.Rank : AdaptedModels.Rank;
            Assert.Equal([rank, inputs], file.Tensors[$"{words[0]}.lora_A.weight"].Shape);
            Assert.Equal([outputs, rank], file.Tensors[$"{words[0]}.lora_B.weight"].Shape);
            Assert.Equal([outputs], file.Tensors[$"{words[0]}.lora_magnitude_vector"].Shape);
        }
        System.Text.Json.Nodes.JsonNode config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!;
        Assert.Superset(targets.Split(',').ToHashSet(), config["target_modules"]!.AsArray().Select(name => (string)name!).ToHashSet());
        Assert.Equal((true, 0.25, "somewhere", family == "gpt2"),
            ((bool)config["use_dora"]!, (double)config["lora_dropout"]!, (string)config["base_model_name_or_path"]!, (bool)config["fan_in_fan_out"]!));
    }
}
