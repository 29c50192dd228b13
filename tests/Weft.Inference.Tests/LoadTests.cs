using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>What is told while a model is loaded.</summary>
public sealed class LoadTests
{
    public static TheoryData<string> Models => [.. Mechanisms.All.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void Progress_rises_to_all_bytes(string name)
    {
        using var folder = new TemporaryFolder();
        RandomModel.Of(Mechanisms.All[name]).Save(folder.FullName);
        Check(Checkpoint.Open(folder.FullName));
    }

    [Theory]
    [InlineData("q4_k_m", true)]
    [InlineData("q8_0", false)]
    [InlineData("bf16", true)]
    public void Progress_of_narrow_types_rises_to_all_bytes(string mix, bool tied)
    {
        using var folder = new TemporaryFolder();
        RandomModel.Llama(new(256, 4, 2, 64, 256) { Tied = tied }).Save(folder.FullName);
        using (Checkpoint model = Checkpoint.Open(folder.FullName))
            GgufExport.Save(folder.File("m.gguf"), model, [], new() { Mix = QuantizationMix.Find(mix) });
        Check(Checkpoint.Open(folder.File("m.gguf")));
    }

    private static void Check(Checkpoint checkpoint)
    {
        var seen = new Seen();
        long expected = EngineMemory.WeightBytes(checkpoint);
        int parameters = ModelParameters.Enumerate(checkpoint.Spec).Count();
        using Transformer model = Transformer.Load(checkpoint, new() { Progress = seen, Threads = 2 });
        Assert.InRange(seen.All.Count, parameters, (2 * parameters) + 1);
        Assert.Equal(seen.All.Select(one => one.Bytes).Order(), seen.All.Select(one => one.Bytes));
        Assert.All(seen.All.SkipLast(1), one => Assert.Equal(expected, one.Total));
        Assert.All(seen.All, one => Assert.InRange(one.Bytes, 1, one.Total));
        Assert.Equal(new(model.WeightBytes, model.WeightBytes), seen.All[^1]);
    }

    private sealed class Seen : IProgress<LoadProgress>
    {
        public List<LoadProgress> All { get; } = [];

        public void Report(LoadProgress value) => All.Add(value);
    }
}
