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
