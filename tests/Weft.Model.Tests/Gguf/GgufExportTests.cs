using System.Runtime.InteropServices;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Tests.HuggingFace;

namespace Weft.Model.Tests.Gguf;

/// <summary>What is written into a file: numbers that it can hold, and texts where llama.cpp looks for them.</summary>
public sealed class GgufExportTests
{
    [Theory]
    [InlineData(float.NaN, null)]
    [InlineData(float.PositiveInfinity, null)]
    [InlineData(70_000f, ElementType.F16)]
    [InlineData(3.4e38f, ElementType.BF16)]
    public void A_weight_that_the_file_could_not_hold_is_refused_with_its_tensor(float value, ElementType? type)
    {
        using var folder = new ModelFolder();
        folder.ChangeTensors(tensor => tensor.Name == "model.layers.1.mlp.up_proj.weight" ? tensor with { Bytes = [.. BitConverter.GetBytes(value), .. tensor.Bytes[4..]] } : tensor);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        foreach (Action save in new Action[]
        {
            () => GgufExport.Save(work.File("model.gguf"), source, [], new() { Type = type }),
            () => HuggingFaceExport.Save(work.File("folder"), source, new() { Type = type }),
        })
            Assert.Contains("'model.layers.1.mlp.up_proj.weight'", Refusal.Check(save, folder.Path).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("model.gguf", work.Names);
    }

    [Fact]
    public void The_template_of_a_model_is_the_file_without_numbers()
    {
        using var folder = new ModelFolder();
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(work.File("model.gguf"), source, [], new());
        GgufTemplate template = GgufTemplate.Of(source.Architecture, source.Spec);
        GgufWriter.Write(work.File("zeros.gguf"), template.Metadata, [.. template.Tensors.Select(slot => new TensorSource(slot.Name, ElementType.F32, slot.Shape,
            stream => stream.Write(new byte[4 * slot.Shape.Aggregate(1L, (product, size) => product * size)])))]);
        using GgufModel saved = GgufModel.Open(work.File("model.gguf")), zeros = GgufModel.Open(work.File("zeros.gguf"));
        Assert.Equal(source.Spec, zeros.Spec);
        Assert.Equal(saved.File.Tensors.Values.Select(tensor => (tensor.Name, string.Join(',', tensor.Shape))), zeros.File.Tensors.Values.Select(tensor => (tensor.Name, string.Join(',', tensor.Shape))));
        Assert.Empty(zeros.File.Keys.Except(saved.File.Keys));
    }

    [Fact]
    public void Narrower_types_round_to_nearest_even()
    {
        float[] values = [1f, 1.00390625f, 1.01171875f, 1.0039064f, -1.00390625f, 65504f, 1e-8f, 3.1415927f];
        using var stream = new MemoryStream();
        FloatEncoding.Write(stream, ElementType.BF16, values);
        Assert.Equal([0x3F80, 0x3F80, 0x3F82, 0x3F81, 0xBF80, 0x4780, 0x322C, 0x4049], MemoryMarshal.Cast<byte, ushort>(stream.ToArray()).ToArray().Select(bits => (int)bits));
        stream.SetLength(0);
        FloatEncoding.Write(stream, ElementType.F16, values);
        Assert.Equal(values.Select(value => BitConverter.HalfToUInt16Bits((Half)value)), MemoryMarshal.Cast<byte, ushort>(stream.ToArray()).ToArray());
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"chat_template":"{{ 一 }}"}""", "{{ 一 }}")]
    [InlineData("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"a"},{"name":"default","template":"b"}]}""", "b")]
    [InlineData("tokenizer_config.json", """{"chat_template":[{"name":"tool_use","template":"a"}]}""", null)]
    [InlineData("tokenizer_config.json", "{}", null)]
    [InlineData("chat_template.jinja", "{{ messages }}", "{{ messages }}")]
    public void The_chat_template_is_where_llama_cpp_looks_for_it(string name, string text, string? expected)
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.File(name), text);
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        GgufExport.Save(work.File("model.gguf"), source, [], new());
        using GgufModel written = GgufModel.Open(work.File("model.gguf"));
        Assert.Equal(expected, written.File.Keys.SingleOrDefault(key => key.Name == "tokenizer.chat_template")?.Value);
    }

    [Fact]
    public void A_damaged_chat_template_is_refused()
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"chat_template":[{"template":"a"}]}""");
        using var work = new TemporaryFolder();
        using Checkpoint source = Checkpoint.Open(folder.Path);
        Refusal.Check(() => GgufExport.Save(work.File("model.gguf"), source, [], new()), folder.Path);
        Assert.Empty(work.Names);
    }
}
