using System.Buffers.Binary;
using System.Text;

namespace Weft.Cli.Tests;

/// <summary>Models that are missing or damaged: every command names the file, and the exit code is 1.</summary>
public sealed class BadModelTests
{
    private const string Weights = "model.safetensors";

    [Fact]
    public void A_missing_folder_is_named()
    {
        using var folder = new TemporaryFolder();
        string missing = folder.File("nothing");
        AssertRefused(missing, $"model folder '{missing}' does not exist; give the folder that holds config.json");
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_named()
    {
        using SavedModel model = SavedModel.Llama();
        AssertRefused(model.File(Weights), $"{model.File(Weights)}: is no GGUF file; give a GGUF file, or the folder that holds config.json");
    }

    [Fact]
    public void A_folder_without_a_config_is_named()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.FullName, "holds no config.json");
    }

    [Fact]
    public void A_config_that_is_no_json_is_named()
    {
        using SavedModel model = SavedModel.Llama();
        File.WriteAllText(model.File("config.json"), "{\n\"model_type\": }");
        AssertRefused(model.Folder, "config.json: is not valid JSON (line 2)");
    }

    [Fact]
    public void An_unknown_architecture_is_named_with_those_there_are()
    {
        using SavedModel model = SavedModel.Llama();
        File.WriteAllText(model.File("config.json"), """{"model_type": "mamba"}""");
        AssertRefused(model.Folder, "model_type 'mamba' is unknown; known: llama, mistral, ");
    }

    [Fact]
    public void A_folder_without_weights_is_named()
    {
        using SavedModel model = SavedModel.Llama();
        File.Delete(model.File(Weights));
        AssertRefused(model.Folder, "holds none of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json;");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(-1)]
    public void Truncated_weights_are_named(int length)
    {
        using SavedModel model = SavedModel.Llama();
        byte[] content = File.ReadAllBytes(model.File(Weights));
        File.WriteAllBytes(model.File(Weights), content[..(length < 0 ? content.Length + length : length)]);
        AssertRefused(model.Folder, Weights);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 62)]
    [InlineData(90_000_000UL)]
    public void A_header_that_lies_about_its_length_is_named(ulong length)
    {
        using SavedModel model = SavedModel.Llama();
        byte[] content = File.ReadAllBytes(model.File(Weights));
        BinaryPrimitives.WriteUInt64LittleEndian(content, length);
        File.WriteAllBytes(model.File(Weights), content);
        AssertRefused(model.Folder, $"says its header has {length} bytes");
    }

    [Fact]
    public void A_header_that_points_outside_its_file_is_named()
    {
        using SavedModel model = SavedModel.Llama();
        WriteSafetensors(model.File(Weights), """{"model.norm.weight":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}""", 40);
        AssertRefused(model.Folder, Weights);
    }

    [Fact]
    public void Weights_that_do_not_match_the_config_are_named_with_both_shapes()
    {
        using SavedModel model = SavedModel.Llama();
        string config = File.ReadAllText(model.File("config.json"));
        File.WriteAllText(model.File("config.json"), config.Replace("\"vocab_size\": 101", "\"vocab_size\": 100", StringComparison.Ordinal));
        AssertRefused(model.Folder, "tensor 'model.embed_tokens.weight' has shape [101, 27], expected [100, 27]");
    }

    [Fact]
    public void A_shard_that_the_index_names_but_nobody_fetched_is_named()
    {
        using SavedModel model = SavedModel.Llama();
        File.Delete(model.File(Weights));
        File.WriteAllText(model.File("model.safetensors.index.json"), """{"weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}""");
        AssertRefused(model.Folder, "names the shard 'model-00001-of-00002.safetensors', which is missing; fetch it into the same folder");
    }

    [Fact]
    public void A_damaged_tokenizer_is_named_and_inspection_does_not_need_it()
    {
        using SavedModel model = SavedModel.Llama();
        File.WriteAllText(model.File("tokenizer.json"), "{");
        foreach (string[] command in Computing(model.Folder))
            Assert.Contains("tokenizer.json", CommandRun.Of(command).Refusal(Failure.Error), StringComparison.Ordinal);
        CommandRun.Of("inspect", model.Folder).OutputOfSuccess();
    }

    [Fact]
    public void A_name_with_line_breaks_stays_on_one_line()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.File("a\nb\u2028c\u001b[31m"), "does not exist");
    }

    private static string[][] Computing(string folder) =>
        [["generate", folder, "Hello"], ["generate", folder, "--prompt-ids", "1", "--json"], ["score", folder, "--ids", "1,2", "--json"], ["score", folder, "--text", "ab"]];

    private static void AssertRefused(string folder, string expected)
    {
        foreach (string[] command in (string[][])[.. Computing(folder), ["inspect", folder], ["inspect", folder, "--json"]])
            Assert.Contains(expected, CommandRun.Of(command).Refusal(Failure.Error), StringComparison.Ordinal);
    }

    private static void WriteSafetensors(string path, string header, int dataLength)
    {
        byte[] length = new byte[8], json = Encoding.UTF8.GetBytes(header);
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(path, [.. length, .. json, .. new byte[dataLength]]);
    }
}
