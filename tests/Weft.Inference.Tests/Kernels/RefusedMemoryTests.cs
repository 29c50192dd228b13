using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Assembled;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Quantization;

namespace Weft.Inference.Tests.Kernels;

/// <summary>A system that refuses executable memory, in a child process: kernels stay for the life of one.</summary>
public sealed class RefusedMemoryTests
{
    private const string Expected = ".logits";

    /// <summary>bf16 products are among what is lost, so that those of BF16 weights differ by design, and the type of keys and values where none is chosen.</summary>
    private static readonly string[] Mixes = ["f32", "f16", "q8_0", "q4_0", "q4_k_m", "q2_k"];

    [Fact]
    public async Task Portable_kernels_take_over_with_the_same_bits_and_the_user_is_told()
    {
        RandomModel random = RandomModel.Llama(new(256, 4, 2, 64, 256) { Context = 128 });
        using var folder = new TemporaryFolder();
        random.Save(folder.File("model"));
        foreach (string mix in Mixes)
        {
            string file = folder.File($"{mix}.gguf");
            using (Checkpoint model = Checkpoint.Open(folder.File("model")))
                GgufExport.Save(file, model, [], new() { Mix = QuantizationMix.Find(mix) });
            List<string> told = [];
            File.WriteAllBytes(file + Expected, Logits(file, random, told));
            Assert.Empty(told);
        }
        string program = Path.Combine(AppContext.BaseDirectory, typeof(RefusedMemoryTests).Assembly.GetName().Name! + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(program, ["-class", typeof(RefusingProcessTests).FullName!, "-class", typeof(PanelTests).FullName!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[RefusingProcessTests.Variable] = folder.FullName;
        using Process child = Process.Start(start)!;
        CancellationToken ct = TestContext.Current.CancellationToken;
        Task<string> errors = child.StandardError.ReadToEndAsync(ct);
        string output = await child.StandardOutput.ReadToEndAsync(ct);
        await child.WaitForExitAsync(ct);
        Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode}\n{output}\n{await errors}");
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }

    /// <summary>The bytes of all logits of a text, and of one token after it.</summary>
    internal static byte[] Logits(string file, RandomModel random, List<string> told)
    {
        using Transformer model = Transformer.Load(Checkpoint.Open(file), new() { Threads = 2, CacheType = ElementType.F32, Log = told.Add });
        int[] ids = random.Ids(70);
        float[] logits = new float[(ids.Length + 1) * random.Spec.VocabularySize];
        model.ComputeLogits(ids, logits.AsSpan(0, ids.Length * random.Spec.VocabularySize));
        using KeyValueCache cache = model.CreateCache(100);
        model.Forward(ids.AsSpan(0, 9), cache, logits.AsSpan(ids.Length * random.Spec.VocabularySize));
        return MemoryMarshal.AsBytes(logits.AsSpan()).ToArray();
    }

    /// <summary>What the child process checks.</summary>
    public sealed class RefusingProcessTests
    {
        public const string Variable = "WEFT_TEST_REFUSES_MEMORY";

        [ModuleInitializer]
        internal static void Refuse() => ExecutableMemory.Refuses = Environment.GetEnvironmentVariable(Variable) is not null;

        [Fact]
        public void Logits_are_those_of_the_parent_process()
        {
            if (Environment.GetEnvironmentVariable(Variable) is not { } folder)
                return;
            // Where the processor has nothing to lose, there is nothing to tell.
            bool loses = Avx512F.IsSupported && InstructionTiers.Allows(InstructionTier.Assembled);
            RandomModel random = RandomModel.Llama(new(256, 4, 2, 64, 256) { Context = 128 });
            foreach (string mix in Mixes)
            {
                string file = Path.Combine(folder, $"{mix}.gguf");
                List<string> told = [];
                byte[] logits = Logits(file, random, told);
                Assert.Equal(loses ? 1 : 0, told.Count);
                Assert.Equal(loses, AssembledKernels.Refused);
                Assert.All(told, text => Assert.StartsWith("the system refuses memory that is executed", text, StringComparison.Ordinal));
                Assert.True(logits.AsSpan().SequenceEqual(File.ReadAllBytes(file + Expected)), mix);
            }
        }
    }
}
