using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Spec;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.Architectures;

/// <summary>GPT-2's stored layout against tensors written out by hand: Conv1D keeps [input, output], and c_attn joins q, k and v.</summary>
public sealed class Gpt2LayoutTests
{
    private const string Config =
        """{"model_type":"gpt2","vocab_size":3,"n_embd":2,"n_layer":1,"n_head":1,"n_positions":4,"n_inner":3}""";

    // As a published file holds it: rows are inputs, columns are the outputs of q, k, v in this order.
    private static readonly (string Name, long[] Shape, float[] Values)[] Stored =
    [
        ("transformer.wte.weight", [3, 2], [1, 2, 3, 4, 5, 6]),
        ("transformer.wpe.weight", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
        ("transformer.h.0.ln_1.weight", [2], [11, 12]),
        ("transformer.h.0.ln_1.bias", [2], [13, 14]),
        ("transformer.h.0.attn.c_attn.weight", [2, 6], [1, 3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12]),
        ("transformer.h.0.attn.c_attn.bias", [6], [21, 22, 23, 24, 25, 26]),
        ("transformer.h.0.attn.c_proj.weight", [2, 2], [31, 33, 32, 34]),
        ("transformer.h.0.attn.c_proj.bias", [2], [35, 36]),
        ("transformer.h.0.ln_2.weight", [2], [41, 42]),
        ("transformer.h.0.ln_2.bias", [2], [43, 44]),
        ("transformer.h.0.mlp.c_fc.weight", [2, 3], [51, 53, 55, 52, 54, 56]),
        ("transformer.h.0.mlp.c_fc.bias", [3], [57, 58, 59]),
        ("transformer.h.0.mlp.c_proj.weight", [3, 2], [61, 64, 62, 65, 63, 66]),
        ("transformer.h.0.mlp.c_proj.bias", [2], [67, 68]),
        ("transformer.ln_f.weight", [2], [71, 72]),
        ("transformer.ln_f.bias", [2], [73, 74]),
    ];

    // The same numbers in Weft's layout: each projection is [output, input].
    private static readonly Dictionary<string, float[]> Expected = new()
    {
        ["embedding.tokens.weight"] = [1, 2, 3, 4, 5, 6],
        ["embedding.positions.weight"] = [1, 2, 3, 4, 5, 6, 7, 8],
        ["blocks.0.attention_norm.weight"] = [11, 12],
        ["blocks.0.attention_norm.bias"] = [13, 14],
        ["blocks.0.attention.query.weight"] = [1, 2, 3, 4],
        ["blocks.0.attention.query.bias"] = [21, 22],
        ["blocks.0.attention.key.weight"] = [5, 6, 7, 8],
        ["blocks.0.attention.key.bias"] = [23, 24],
        ["blocks.0.attention.value.weight"] = [9, 10, 11, 12],
        ["blocks.0.attention.value.bias"] = [25, 26],
        ["blocks.0.attention.output.weight"] = [31, 32, 33, 34],
        ["blocks.0.attention.output.bias"] = [35, 36],
        ["blocks.0.feed_forward_norm.weight"] = [41, 42],
        ["blocks.0.feed_forward_norm.bias"] = [43, 44],
        ["blocks.0.feed_forward.up.weight"] = [51, 52, 53, 54, 55, 56],
        ["blocks.0.feed_forward.up.bias"] = [57, 58, 59],
        ["blocks.0.feed_forward.down.weight"] = [61, 62, 63, 64, 65, 66],
        ["blocks.0.feed_forward.down.bias"] = [67, 68],
        ["final_norm.weight"] = [71, 72],
        ["final_norm.bias"] = [73, 74],
    };

    [Fact]
    public void A_published_file_reads_into_separate_upright_projections()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), Config);
        File.WriteAllBytes(folder.File("model.safetensors"), RawSafetensors.File(Stored));
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        ParameterSpec[] parameters = [.. ModelParameters.Enumerate(model.Spec)];
        Assert.Equal(Expected.Keys.Order(StringComparer.Ordinal), parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (ParameterSpec parameter in parameters)
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(Expected[parameter.Name], read);
        }
    }

    [Fact]
    public void Export_writes_the_published_layout()
    {
        using var folder = new TemporaryFolder();
        var gpt2 = new Gpt2();
        HuggingFaceExport.Save(folder.FullName, gpt2, CatalogueSamples.Read(gpt2, Config), parameter => Expected[parameter.Name], new());
        RawSafetensors.Content content = RawSafetensors.Read(File.ReadAllBytes(folder.File("model.safetensors")));
        Assert.Equal("pt", content.Metadata["format"]);
        Assert.Equal(Stored.Select(t => t.Name).Order(StringComparer.Ordinal), content.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        foreach ((string name, long[] shape, float[] values) in Stored)
        {
            RawSafetensors.Tensor written = content.Tensors.Single(tensor => tensor.Name == name);
            Assert.Equal(shape, written.Shape);
            Assert.Equal(values.SelectMany(BitConverter.GetBytes), written.Bytes);
        }
    }

    [Fact]
    public void Mask_buffers_of_older_checkpoints_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), Config);
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path,
        [
            new("h.0.attn.bias", ElementType.BOOL, [1, 1, 4, 4], stream => stream.Write(new byte[16])),
            .. Stored.Select(tensor => new TensorSource(tensor.Name, ElementType.F32, tensor.Shape,
                stream => stream.Write([.. tensor.Values.SelectMany(BitConverter.GetBytes)]))),
        ]);
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        Assert.Equal(2, model.Spec.HiddenSize);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 3)]
    [InlineData(40, 16)]
    public void Transposition_is_right_at_every_edge_of_its_blocks(int hidden, int inner)
    {
        var gpt2 = new Gpt2();
        ModelSpec spec = CatalogueSamples.Read(gpt2,
            $$"""{"vocab_size":3,"n_embd":{{hidden}},"n_layer":1,"n_head":1,"n_positions":4,"n_inner":{{inner}}}""");
        using var folder = new TemporaryFolder();
        HuggingFaceExport.Save(folder.FullName, gpt2, spec, CatalogueSamples.RandomWeights, new());
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        ParameterSpec up = ModelParameters.Enumerate(spec).Single(parameter => parameter.Name == "blocks.0.feed_forward.up.weight");
        RawSafetensors.Tensor stored = RawSafetensors.Read(File.ReadAllBytes(folder.File("model.safetensors"))).Tensors
            .Single(tensor => tensor.Name == "transformer.h.0.mlp.c_fc.weight");
        float[] read = new float[up.Count];
        model.Read(up, read);
        for (int output = 0; output < inner; output++)
            for (int input = 0; input < hidden; input++)
                Assert.Equal(BitConverter.ToSingle(stored.Bytes, 4 * ((input * inner) + output)), read[(output * hidden) + input]);
    }
}
