using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using Weft.Training.Native;
using Weft.Training.Runs;
using Weft.Training.Runs.Checkpoints;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Devices;

public class DeviceRecipeTests
{
    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:0", "cuda:0")]
    [InlineData("cuda:12", "cuda:12")]
    public void It_comes_out_as_written(string text, string expected)
    {
        Recipe recipe = Read($"{{ device: {text} }}");
        RecipeCheck.Check(recipe);
        Assert.Equal(expected, Derivation.ToPlan(Derivation.Resolve(recipe).Recipe).Device.ToString());
        Assert.True(ComputeDevice.TryParse(expected, out ComputeDevice device));
        Assert.Equal(expected == "cpu", device == ComputeDevice.Cpu);
        Assert.Matches(DeviceRecipe.Pattern, text);
    }

    [Fact]
    public void The_processor_is_the_default() => Assert.Equal(ComputeDevice.Cpu, Derivation.ToPlan(Derivation.Resolve(Read("{}")).Recipe).Device);

    [Theory]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:128")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1x")]
    public void What_is_no_device_is_refused_with_key_value_and_remedy(string text)
    {
        Assert.Equal($"training.device is {text}; give cpu, cuda or cuda:N, such as cuda:0",
            Assert.Throws<InvalidDataException>(() => RecipeCheck.Check(Read($"{{ device: '{text}' }}"))).Message);
        // The schema's pattern leaves the size of the number to the check.
        Assert.Equal(text == "cuda:128", Regex.IsMatch(text, DeviceRecipe.Pattern));
    }

    [Fact]
    public void Fp16_is_for_cuda_alone_and_bf16_is_its_choice()
    {
        Assert.Equal("training.precision is Float16; the run computes on the processor, and fp16 needs a CUDA device; choose bfloat16 or float32, or training.device: cuda",
            Assert.Throws<InvalidDataException>(() => RecipeCheck.Check(Read("{ precision: float16 }"))).Message);
        Recipe half = Read("{ precision: float16, device: cuda }");
        RecipeCheck.Check(half);
        Assert.Equal(Precision.Float16, Derivation.ToPlan(Derivation.Resolve(half).Recipe).Precision);
        (Recipe resolved, IReadOnlyList<DerivedSetting> derived) = Derivation.Resolve(Read("{ device: cuda }"));
        Assert.Equal(Precision.BFloat16, resolved.Training.Precision);
        Assert.Equal("CUDA devices since 2020 multiply bf16 natively", derived.Single(setting => setting.Name == "training.precision").Reason);
    }

    [Fact]
    public void It_is_no_part_of_a_run_s_identity_but_is_kept_in_its_recipe()
    {
        Assert.Equal(RunIdentity.TextOf(Read("{}")), RunIdentity.TextOf(Read("{ device: cuda:1 }")));
        using var folder = new TemporaryFolder();
        RecipeFile.Write(folder.File("r.yaml"), Read("{ device: cuda:1 }"));
        Assert.Equal("cuda:1", RecipeFile.Read(folder.File("r.yaml")).Training.Device);
    }

    [Fact]
    public void The_schema_has_its_default_and_its_pattern()
    {
        using JsonDocument schema = JsonDocument.Parse(RecipeSchema.Json);
        JsonElement device = schema.RootElement.GetProperty("properties").GetProperty("training").GetProperty("properties").GetProperty("device");
        Assert.Equal(("string", "cpu", DeviceRecipe.Pattern), (device.GetProperty("type").GetString(), device.GetProperty("default").GetString(), device.GetProperty("pattern").GetString()));
    }

    [Theory]
    [InlineData("cuda", 0, false, "this libtorch computes on the processor alone")]
    [InlineData("cuda", 0, true, "libtorch is built for CUDA 12.8, but finds no device; install NVIDIA's driver")]
    [InlineData("cuda:1", 1, true, "there is 1 CUDA device; give cuda:0")]
    [InlineData("cuda:3", 3, true, "there are 3 CUDA devices; give cuda:0 to cuda:2")]
    [InlineData("cuda:2", 3, true, null)]
    [InlineData("cpu", 0, false, null)]
    public void What_is_not_there_is_told_with_what_there_is(string text, int devices, bool hasCudaBuild, string? expected)
    {
        Assert.True(ComputeDevice.TryParse(text, out ComputeDevice device));
        string? problem = device.FindProblem(devices, hasCudaBuild);
        Assert.Equal(expected is null, problem is null);
        Assert.StartsWith(expected ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused_before_anything_is_done()
    {
        Assert.SkipUnless(NativeTorch.CountCudaDevices() == 0, "this machine has a CUDA device");
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Training = recipe.Training with { Device = "cuda" } };
        string expected = "training.device is cuda; " + ComputeDevice.Cuda().FindProblem(0, NativeTorch.HasCudaBuild);
        Assert.Equal(expected, Refused(() => TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)));
        Assert.Equal(expected, Refused(() => RecipePreview.Of(recipe)));
        Assert.Equal(expected, Refused(() => LearningRateSearch.Run(recipe, new(folder.File("search")), new RunWatcher(), CancellationToken.None)));
        Assert.False(Directory.Exists(folder.File("run")) || Directory.Exists(folder.File("search")));
        // A run that began on the processor may go on elsewhere, but not where there is nothing.
        var stopped = new RunFolder(folder.File("stopped"));
        using var stop = new CancellationTokenSource();
        TrainingRun.Start(SmallRecipe.Of(folder), stopped, new RunWatcher { OnStep = _ => stop.Cancel() }, stop.Token);
        RecipeFile.Write(stopped.RecipeFile, RecipeFile.Read(stopped.RecipeFile) with { Training = RecipeFile.Read(stopped.RecipeFile).Training with { Device = "cuda" } });
        Assert.Equal(expected, Refused(() => TrainingRun.Resume(stopped, new RunWatcher(), CancellationToken.None)));

        static string Refused(Action action) => Assert.Throws<InvalidDataException>(action).Message;
    }

    [Fact]
    public void Memory_is_predicted_for_the_processor_alone() => Assert.Equal(
        "training.device is cuda; memory is predicted for the processor alone; give cpu to see what the run would take there",
        Assert.Throws<InvalidDataException>(() => MemoryPlan.Of(Read("{ device: cuda }"), 500, CancellationToken.None)).Message);

    [Fact]
    public void The_package_that_is_named_is_the_one_that_TorchSharp_asks_for()
    {
        NativeTorch.Load();
        byte[] library = File.ReadAllBytes(typeof(TorchSharp.torch).Assembly.Location);
        Assert.True(library.AsSpan().IndexOf(Encoding.Unicode.GetBytes($"libtorch-cuda-{NativeTorch.CudaVersion}-")) > 0, "TorchSharp goes with another version of CUDA");
        Assert.StartsWith(NativeTorch.TorchVersion, TorchSharp.torch.__version__, StringComparison.Ordinal);
        string props = File.ReadAllText(Path.Combine(TestAssets.RepositoryRoot, "src", "Weft.Training", "NativeTorch.props"));
        string versions = File.ReadAllText(Path.Combine(TestAssets.RepositoryRoot, "Directory.Packages.props"));
        foreach (string platform in new[] { "linux-x64", "win-x64" })
        {
            Assert.Contains($"\"libtorch-cuda-{NativeTorch.CudaVersion}-{platform}\"", props, StringComparison.Ordinal);
            Assert.Contains($"\"libtorch-cuda-{NativeTorch.CudaVersion}-{platform}\" Version=\"{NativeTorch.TorchVersion}\"", versions, StringComparison.Ordinal);
        }
    }

    private static Recipe Read(string training)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("r.yaml"), $"training: {training}");
        Recipe recipe = RecipeFile.Read(folder.File("r.yaml"));
        return recipe with { Training = recipe.Training with { Steps = 100 } };
    }
}
