using System.Text.Json;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Text;

namespace Weft.Cli.Tests.Conversion;

/// <summary><c>weft convert</c>, both ways.</summary>
public sealed class ConvertTests
{
    [Fact]
    public void Folder_to_file_to_folder_gives_the_same_files()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf"), back = work.File("back");
        Assert.Contains("llama as gguf,", CommandRun.Of("convert", saved.Folder, file).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Contains("llama as safetensors,", CommandRun.Of("convert", file, back).OutputOfSuccess(), StringComparison.Ordinal);
        foreach (string path in Directory.GetFiles(saved.Folder))
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(back, Path.GetFileName(path))));
        Assert.Equal(["model.gguf", "back"], work.Names.OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public void Generation_from_the_file_is_that_from_the_folder()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf");
        CommandRun.Of("convert", saved.Folder, file).OutputOfSuccess();
        string Text(string model) => CommandRun.Of("generate", model, "abc 一", "--temperature", "0", "--max-tokens", "9", "--ids").OutputOfSuccess();
        Assert.Equal(Text(saved.Folder), Text(file));
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        JsonElement json = CommandRun.Of("convert", saved.Folder, work.File("model.gguf"), "--json").Json;
        Assert.Equal(["path", "model_type", "format", "parameters", "bytes", "seconds"], CommandRun.Keys(json));
        Assert.Equal(("llama", "gguf"), (json.GetProperty("model_type").GetString(), json.GetProperty("format").GetString()));
        Assert.Equal(new FileInfo(work.File("model.gguf")).Length, json.GetProperty("bytes").GetInt64());
        Assert.Equal(saved.Model.Weights.Values.Sum(weight => (long)weight.Length), json.GetProperty("parameters").GetInt64());
    }

    [Theory]
    [InlineData("f16", "F16", "float16")]
    [InlineData("bf16", "BF16", "bfloat16")]
    public void The_type_is_that_of_matrices_in_a_file_and_of_all_weights_in_a_folder(string type, string expected, string named)
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf"), folder = work.File("folder"), back = work.File("back");
        CommandRun.Of("convert", saved.Folder, file, "--type", type).OutputOfSuccess();
        CommandRun.Of("convert", saved.Folder, folder, "--type", type).OutputOfSuccess();
        CommandRun.Of("convert", file, back).OutputOfSuccess();
        using (GgufModel model = GgufModel.Open(file))
            Assert.All(model.File.Tensors.Values, tensor => Assert.Equal(tensor.Shape.Length == 1 ? "F32" : expected, tensor.Type.ToString()));
        foreach (string one in new[] { folder, back })
            Assert.Equal(named, JsonDocument.Parse(File.ReadAllText(Path.Combine(one, "config.json"))).RootElement.GetProperty("torch_dtype").GetString());
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")), File.ReadAllBytes(Path.Combine(back, "model.safetensors")));
    }

    [Fact]
    public void What_exists_is_replaced_only_by_force()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf"), folder = work.File("folder");
        File.WriteAllText(file, "old");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "old");
        File.WriteAllText(Path.Combine(folder, "added_tokens.json"), "{}");
        foreach (string output in new[] { file, folder })
        {
            Assert.Contains("--force", CommandRun.Of("convert", saved.Folder, output).Refusal(Failure.Usage), StringComparison.Ordinal);
            CommandRun.Of("convert", saved.Folder, output, "--force").OutputOfSuccess();
            Checkpoint.Open(output).Dispose();
        }
        Assert.Equal("old", File.ReadAllText(Path.Combine(folder, "notes.txt")));
        Assert.False(File.Exists(Path.Combine(folder, "added_tokens.json")), "it belonged to another model");
    }

    [Fact]
    public void An_output_that_cannot_be_is_refused_before_anything_is_read()
    {
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        Directory.CreateDirectory(work.File("folder.gguf"));
        File.WriteAllText(work.File("file"), "");
        Assert.Contains("is a folder", CommandRun.Of("convert", saved.Folder, work.File("folder.gguf"), "--force").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("is a file", CommandRun.Of("convert", saved.Folder, work.File("file"), "--force").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("the same", CommandRun.Of("convert", saved.Folder, saved.Folder + Path.DirectorySeparatorChar, "--force").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("keep, f32, f16 or bf16", CommandRun.Of("convert", saved.Folder, work.File("x.gguf"), "--type", "q4").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("absent.gguf", CommandRun.Of("convert", work.File("absent.gguf"), work.File("x")).Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_that_llama_cpp_cannot_know_is_said_and_kept()
    {
        // Its pieces are single characters and nothing else, which no kind of GGUF tokenizer is.
        using SavedModel saved = SavedModel.Llama();
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf");
        Assert.Contains("warning: llama.cpp will not know the tokenizer", CommandRun.Of("convert", saved.Folder, file).Error, StringComparison.Ordinal);
        int[] ids = Tokenizer.Load(saved.Folder).EncodeToIds("abc 三");
        Assert.Equal(ids, Tokenizer.Load(file).EncodeToIds("abc 三"));
    }

    [Fact]
    public void A_published_file_becomes_a_folder_with_its_tokenizer()
    {
        string published = TestAssets.Require("models/llama2-tiny-random/llama-2-tiny-random.gguf");
        using var work = new TemporaryFolder();
        CommandRun.Of("convert", published, work.File("folder")).OutputOfSuccess();
        Assert.Equal(Tokenizer.Load(published).EncodeToIds("Once upon a time 三"), Tokenizer.Load(work.File("folder")).EncodeToIds("Once upon a time 三"));
        using Checkpoint model = Checkpoint.Open(work.File("folder"));
        Assert.Equal([2], model.EndOfTextIds);
    }

    [Fact]
    public void Inspect_shows_types_and_metadata_of_a_file()
    {
        using SavedModel saved = SavedModel.Save(RandomModel.Gpt2(heads: 3, headSize: 8, inner: 50, Model.Spec.Activation.GeluTanh, tied: true));
        using var work = new TemporaryFolder();
        string file = work.File("model.gguf");
        CommandRun.Of("convert", saved.Folder, file, "--type", "f16").OutputOfSuccess();
        string text = CommandRun.Of("inspect", file).OutputOfSuccess();
        Assert.Matches(@"\n  F16 +10\r?\n", text);
        Assert.Matches(@"\n  gpt2\.attention\.head_count +3\r?\n", text);
        JsonElement json = CommandRun.Of("inspect", file, "--json").Json;
        Assert.Equal(["model_type", "spec", "parameters", "memory", "tensor_types", "metadata"], CommandRun.Keys(json));
        Assert.Equal(10, json.GetProperty("tensor_types").GetProperty("F16").GetInt32());
        Assert.Equal("gpt2", json.GetProperty("metadata").GetProperty("general.architecture").GetString());
        Assert.Equal(CommandRun.Of("inspect", saved.Folder, "--json").Json.GetProperty("spec").GetRawText(), json.GetProperty("spec").GetRawText());
    }
}
