using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;

namespace Weft.Cli.Tests.Conversion;

/// <summary><c>--adapter</c>: a model with a LoRA adapter, computed and merged.</summary>
public sealed class AdapterTests
{
    [Fact]
    public void A_merged_model_prints_what_the_model_prints_with_the_adapter()
    {
        using SavedModel saved = SavedModel.Llama();
        using TemporaryFolder adapter = new(), work = new();
        Save(adapter.FullName, saved.Model.Spec);
        string file = work.File("merged.gguf"), folder = work.File("merged");
        CommandRun.Of("convert", saved.Folder, folder, "--adapter", adapter.FullName).OutputOfSuccess();
        CommandRun.Of("convert", saved.Folder, file, "--adapter", adapter.FullName).OutputOfSuccess();
        foreach (string[] command in (string[][])[["score", "--ids", "1,5,7,2"], ["generate", "--prompt-ids", "3,4", "--temperature", "0", "--max-tokens", "9"], ["encode", "--ids", "1,5,7"]])
        {
            string Output(string model, params string[] more) => CommandRun.Of([command[0], model, .. command[1..], .. more]).OutputOfSuccess();
            string expected = Output(saved.Folder, "--adapter", adapter.FullName);
            Assert.NotEqual(Output(saved.Folder), expected);
            Assert.Equal(expected, Output(folder));
            Assert.Equal(expected, Output(file));
        }
    }

    [Fact]
    public void A_merged_adapter_is_taken_out_by_unmerge()
    {
        using SavedModel saved = SavedModel.Llama();
        using TemporaryFolder adapter = new(), work = new();
        Save(adapter.FullName, saved.Model.Spec);
        string merged = work.File("merged"), back = work.File("back");
        CommandRun.Of("convert", saved.Folder, merged, "--adapter", adapter.FullName).OutputOfSuccess();
        CommandRun.Of("convert", merged, back, "--adapter", adapter.FullName, "--unmerge").OutputOfSuccess();
        string Greedy(string model) => CommandRun.Of("generate", model, "--prompt-ids", "3,4", "--temperature", "0", "--max-tokens", "9").OutputOfSuccess();
        Assert.Equal(Greedy(saved.Folder), Greedy(back));
        using Checkpoint before = Checkpoint.Open(saved.Folder), between = Checkpoint.Open(merged), after = Checkpoint.Open(back);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(before.Spec))
        {
            (float[] expected, float[] changed, float[] found) = (new float[parameter.Count], new float[parameter.Count], new float[parameter.Count]);
            before.Read(parameter, expected);
            between.Read(parameter, changed);
            after.Read(parameter, found);
            Assert.Equal(expected, found, (a, b) => Math.Abs(a - b) < 1e-6);
            Assert.Equal(parameter.Name.EndsWith("query.weight", StringComparison.Ordinal) || parameter.Name.EndsWith("up.weight", StringComparison.Ordinal), !changed.SequenceEqual(expected));
        }
        Assert.Contains("--unmerge", CommandRun.Of("convert", merged, work.File("none"), "--unmerge").Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_that_is_not_there_or_belongs_to_another_model_is_named()
    {
        using SavedModel saved = SavedModel.Llama(), other = SavedModel.Llama(new(Hidden: 12));
        using TemporaryFolder adapter = new(), work = new();
        Save(adapter.FullName, saved.Model.Spec);
        string absent = CommandRun.Of("score", saved.Folder, "--ids", "1,2", "--adapter", work.File("none")).Refusal(Failure.Error);
        Assert.Contains(work.File("none"), absent, StringComparison.Ordinal);
        string wrong = CommandRun.Of("convert", other.Folder, work.File("out"), "--adapter", adapter.FullName).Refusal(Failure.Error);
        Assert.Contains("lora_A.weight", wrong, StringComparison.Ordinal);
        Assert.Empty(work.Names);
    }

    private static void Save(string folder, ModelSpec spec)
    {
        var random = new Random(3);
        float[] Draw(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => random.NextSingle() - 0.5f)];
        LoraAdapter.Save(folder, new Llama(), spec, parameter => parameter.Name.EndsWith("query.weight", StringComparison.Ordinal) || parameter.Name.EndsWith("up.weight", StringComparison.Ordinal)
            ? new(Draw(2 * parameter.Shape[1]), Draw(parameter.Shape[0] * 2)) : null, new() { Rank = 2, Alpha = 4 });
    }
}
