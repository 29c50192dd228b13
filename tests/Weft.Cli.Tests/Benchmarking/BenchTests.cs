using System.Text.Json;
using Weft.Cli.Benchmarking;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;

namespace Weft.Cli.Tests.Benchmarking;

/// <summary><c>weft bench</c>. What is fast on this machine is nothing to test: only what is reported, and from what.</summary>
public sealed class BenchTests
{
    private static readonly string[] Quick = ["--prompt", "8", "--generate", "3", "--repeat", "1"];

    public static TheoryData<string> Formats => [.. SyntheticFormat.All.Select(format => format.Name)];

    [Fact]
    public void A_model_is_measured_for_each_number_of_threads()
    {
        JsonElement json = CommandRun.Of(["bench", "--synthetic", "tiny", .. Quick, "--threads", "1,2", "--json"]).Json;
        Assert.Equal(["model", "format", "runs", "peak_memory_bytes", "load_seconds", "machine"], CommandRun.Keys(json));
        Assert.Equal("tiny", json.GetProperty("model").GetString());
        Assert.Equal("Q8_0", json.GetProperty("format").GetString());
        Assert.True(json.GetProperty("peak_memory_bytes").GetInt64() > 1 << 20);
        Assert.True(json.GetProperty("load_seconds").GetDouble() > 0);
        Assert.Equal([1, 2], json.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("threads").GetInt32()));
        Assert.All(json.GetProperty("runs").EnumerateArray(), run =>
        {
            Assert.Equal(["threads", "prompt_tokens_per_second", "generate_tokens_per_second", "prompt_fraction_of_ceiling", "generate_fraction_of_bandwidth"], CommandRun.Keys(run));
            Assert.All(run.EnumerateObject(), property => Assert.True(property.Value.GetDouble() >= 0));
        });
        CheckMachine(json.GetProperty("machine"), [1, 2]);
    }

    [Fact]
    public void The_machine_is_measured_alone()
    {
        CheckMachine(CommandRun.Of("bench", "--machine", "--threads", "1", "--json").Json, [1]);
        Assert.Contains("int8 GOP/s", CommandRun.Of("bench", "--machine", "--threads", "1").OutputOfSuccess(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_is_null()
    {
        JsonElement run = CommandRun.Of("bench", "--synthetic", "tiny", "--prompt", "0", "--generate", "2", "--repeat", "1", "--threads", "1", "--json").Json.GetProperty("runs")[0];
        Assert.Equal(JsonValueKind.Null, run.GetProperty("prompt_tokens_per_second").ValueKind);
        Assert.Equal(JsonValueKind.Null, run.GetProperty("prompt_fraction_of_ceiling").ValueKind);
        Assert.True(run.GetProperty("generate_tokens_per_second").GetDouble() > 0);
    }

    [Fact]
    public void A_folder_is_measured_under_the_name_it_was_given()
    {
        using SavedModel saved = SavedModel.Llama();
        string table = CommandRun.Of(["bench", saved.Folder, .. Quick, "--threads", "1"]).OutputOfSuccess();
        Assert.StartsWith($"{saved.Folder}: F32, ", table, StringComparison.Ordinal);
        Assert.Contains("of bandwidth", table, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_saved_model_has_finite_weights_of_the_usual_size(string format)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("tiny.gguf");
        SyntheticModel.Save(path, SyntheticShape.Tiny, SyntheticFormat.All.Single(known => known.Name == format), TestContext.Current.CancellationToken);
        using var model = (GgufModel)Checkpoint.Open(path);
        Assert.Equal(SyntheticShape.Tiny.Spec, model.Spec);
        Assert.True(model.HasTokenizer && !model.HasOwnNames);
        Assert.Equal(ModelParameters.Enumerate(model.Spec).Sum(parameter => parameter.Count), model.CheckWeights(TestContext.Current.CancellationToken));
        Assert.Equal(format.ToUpperInvariant(), new WeightTraffic(model).Format);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Shape.Length == 2))
        {
            float[] values = new float[parameter.Count];
            model.Read(parameter, values);
            double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            Assert.InRange(mean, -0.1 * RandomWeights.Deviation, 0.1 * RandomWeights.Deviation);
            Assert.InRange(deviation, 0.85 * RandomWeights.Deviation, 1.15 * RandomWeights.Deviation);
        }
    }

    [Fact]
    public void The_mix_has_more_bits_where_llama_cpp_has_them()
    {
        using var folder = new TemporaryFolder();
        SyntheticModel.Save(folder.File("mix.gguf"), SyntheticShape.Tiny, SyntheticFormat.All.Single(known => known.Name == "q4_k_m"), TestContext.Current.CancellationToken);
        using var model = (GgufModel)Checkpoint.Open(folder.File("mix.gguf"));
        Assert.Equal(["blk.1.attn_v.weight", "blk.1.ffn_down.weight", "output.weight"],
            model.File.Tensors.Values.Where(tensor => tensor.Type == ElementType.Q6_K).Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_file_is_kept_where_asked_and_not_replaced_unasked()
    {
        using var folder = new TemporaryFolder();
        string[] words = ["bench", "--synthetic", "tiny", "--format", "q4_0", .. Quick, "--threads", "1", "--save", folder.File("kept.gguf")];
        CommandRun.Of(words).OutputOfSuccess();
        Assert.Equal(["kept.gguf"], folder.Names);
        Assert.Contains("kept.gguf', which exists; give another name, or --force to replace a file", CommandRun.Of(words).Refusal(Failure.Usage), StringComparison.Ordinal);
        CommandRun.Of([.. words, "--force"]).OutputOfSuccess();
    }

    [Fact]
    public void An_encoder_reads_only()
    {
        SyntheticShape bert = SyntheticShape.All.Single(shape => shape.Name == "bert-base");
        using var folder = new TemporaryFolder();
        SyntheticModel.Save(folder.File("bert.gguf"), bert, SyntheticFormat.All.Single(known => known.Name == "q2_k"), TestContext.Current.CancellationToken);
        using (Checkpoint model = Checkpoint.Open(folder.File("bert.gguf")))
        {
            Assert.Equal(bert.Spec, model.Spec);
            // 12 blocks of four projections in attention and two behind it, none of the head; and two products of three positions with three.
            Assert.Equal((2.0 * 12 * 12 * 768 * 768 * 3) + (4.0 * 12 * 768 * 3 * 3), new WeightTraffic(model).PromptOperations(3));
        }
        Assert.Equal("a model with a MaskedLanguageModel head does not generate; give --generate 0 to measure how fast it reads",
            CommandRun.Of("bench", folder.File("bert.gguf")).Refusal(Failure.Usage));
        JsonElement run = CommandRun.Of("bench", folder.File("bert.gguf"), "--prompt", "4", "--generate", "0", "--repeat", "1", "--threads", "1", "--json").Json.GetProperty("runs")[0];
        Assert.True(run.GetProperty("prompt_tokens_per_second").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, run.GetProperty("generate_tokens_per_second").ValueKind);
    }

    [Fact]
    public void The_head_counts_once_in_a_prompt_and_a_tied_table_as_the_head()
    {
        using SavedModel untied = SavedModel.Llama();
        using Checkpoint model = Checkpoint.Open(untied.Folder);
        long projections = ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Shape.Length == 2 && parameter.Part is "attention" or "feed-forward").Sum(parameter => parameter.Count);
        long vectors = ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Shape.Length == 1).Sum(parameter => parameter.Count);
        long head = (long)model.Spec.VocabularySize * model.Spec.HiddenSize;
        var traffic = new WeightTraffic(model);
        // Of the products of positions with each other, a causal mask hides half.
        double attention = 2.0 * model.Spec.Stack.Blocks.Sum(block => block.Attention.QuerySize) * 7 * 7;
        Assert.Equal((2.0 * ((7 * projections) + head)) + attention, traffic.PromptOperations(7));
        Assert.Equal(4.0 * (projections + head + vectors), traffic.BytesPerToken);
    }

    [Theory]
    [InlineData("MODEL is missing; give a model, a shape with --synthetic, or --machine")]
    [InlineData("more than one of MODEL, --synthetic and --machine is given; give one of them", "--machine", "--synthetic", "tiny")]
    [InlineData("--format needs --synthetic: a model that is there has its format already", "--machine", "--format", "f32")]
    [InlineData("--synthetic is 'huge'; use llama-349m, llama-1b, llama-7b, bert-base or tiny", "--synthetic", "huge")]
    [InlineData("--format is 'q1_0'; use f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q2_k, q3_k, q4_k, q5_k, q6_k or q4_k_m", "--synthetic", "tiny", "--format", "q1_0")]
    [InlineData("--threads is '1;2'; use whole numbers from 1 to 1024, separated by commas", "--synthetic", "tiny", "--threads", "1;2")]
    [InlineData("--threads is '0'; use whole numbers from 1 to 1024, separated by commas", "--synthetic", "tiny", "--threads", "0")]
    [InlineData("--prompt 32768 and --generate 1 exceed the model's context of 32768 tokens; give fewer", "--synthetic", "tiny", "--prompt", "32768", "--generate", "1")]
    [InlineData("--context is 16; use at least what --prompt or --generate needs, 512, and at most the model's context, 32768", "--synthetic", "tiny", "--context", "16")]
    [InlineData("--prompt and --generate are both 0, which leaves nothing to measure; give one of them", "--synthetic", "tiny", "--prompt", "0", "--generate", "0")]
    [InlineData("--save is 'x.bin'; give a name that ends with .gguf", "--synthetic", "tiny", "--save", "x.bin")]
    [InlineData("--repeat is '0'; use a whole number, 1 to 1000", "--synthetic", "tiny", "--repeat", "0")]
    public void What_is_wrong_is_said(string expected, params string[] words) => Assert.Equal(expected, CommandRun.Of(["bench", .. words]).Refusal(Failure.Usage));

    [Fact]
    public void Cancelling_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        CommandRun run = CommandRun.Of(new StringWriter(), ["bench", "--synthetic", "tiny", "--save", folder.File("x.gguf")], new CancellationToken(canceled: true));
        Assert.Equal(Failure.Cancelled, run.ExitCode);
        Assert.Empty(folder.Names);
    }

    private static void CheckMachine(JsonElement machine, int[] threads)
    {
        Assert.Equal(["processor", "cores", "architecture", "system", "framework", "isa", "fp32_instruction", "int8_instruction", "bf16_instruction", "ceilings"], CommandRun.Keys(machine));
        Assert.Equal(threads, machine.GetProperty("ceilings").EnumerateArray().Select(of => of.GetProperty("threads").GetInt32()));
        Assert.All(machine.GetProperty("ceilings").EnumerateArray(), of =>
        {
            Assert.Equal(["threads", "read_gb_per_second_huge_pages", "read_gb_per_second_ordinary_pages", "fp32_gflop_per_second", "int8_gop_per_second", "bf16_gflop_per_second"], CommandRun.Keys(of));
            Assert.All(of.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number), property => Assert.True(property.Value.GetDouble() > 0));
        });
    }
}
