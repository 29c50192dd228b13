using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;
using Weft.Training.Runs.Checkpoints;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Adapters;

/// <summary>Adapters in the trainer: what changes, what does not, and that a run can be stopped anywhere.</summary>
public sealed class AdapterTrainingTests
{
    /// <summary>Compute types and bases, and everything that goes on beside an update.</summary>
    public static TheoryData<AdapterKind, Precision, bool, bool> Ways => new()
    {
        { AdapterKind.Lora, Precision.Float32, false, false },
        { AdapterKind.Dora, Precision.Float32, false, true },
        { AdapterKind.Lora, Precision.BFloat16, false, true },
        { AdapterKind.Lora, Precision.BFloat16, true, false },
        { AdapterKind.Dora, Precision.BFloat16, true, false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Frozen_weights_stay_to_the_bit_and_the_loss_falls(AdapterKind kind, Precision precision, bool fourBits, bool recomputes)
    {
        using var folder = new TemporaryFolder();
        using var session = new TrainingSession(folder, Plan(kind, precision, fourBits, recomputes) with { Steps = 60, SaveEvery = 60 });
        ParameterSpec[] frozen = [.. ModelParameters.Enumerate(session.Model.Spec).Where(parameter => session.Model.FindAdapter(parameter) is not (var adapter, var part) || !adapter.Adapts(part))];
        string digest = session.Model.FrozenDigest()!;
        float[][] before = [.. frozen.Select(session.Model.Read)];
        Assert.True(session.Trainer.Run(folder.File("states"), "f", null, CancellationToken.None));
        Assert.Equal(digest, session.Model.FrozenDigest());
        Assert.Equal(before, frozen.Select(session.Model.Read));
        double first = session.Trainer.History.Take(5).Average(record => record.Loss), last = session.Trainer.History.TakeLast(5).Average(record => record.Loss);
        // Of random weights that stay as they are; 4.11 is the loss of a guess.
        Assert.True(last < first - 0.1, $"{last} is not below {first}");
        // A checkpoint has the adapters and their moments, and nothing of the model beside them.
        using CheckpointFile file = CheckpointFile.Open(CheckpointFolder.Newest(folder.File("states"))!);
        long trained = session.Model.ParameterCount * sizeof(float);
        Assert.InRange(new FileInfo(file.Path).Length, 3 * trained, (3 * trained) + 60_000);
        Assert.Contains("lora_A", Assert.Throws<Weft.Model.Checkpoints.CheckpointException>(() => file.Find("model.blocks.0.attention.query.lora_A.weight", zeros(1, device: CPU))).Message, StringComparison.Ordinal);
        Assert.Contains("is missing", Assert.Throws<Weft.Model.Checkpoints.CheckpointException>(() => file.Find("model.embedding.tokens.weight", zeros(1, device: CPU))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_resumed_run_is_the_unbroken_one_to_the_bit(AdapterKind kind, Precision precision, bool fourBits, bool recomputes)
    {
        using var folder = new TemporaryFolder();
        TrainingPlan plan = Plan(kind, precision, fourBits, recomputes) with { Steps = 12, SaveEvery = 5 };
        using TrainingSession whole = new(folder, plan), broken = new(folder, plan), resumed = new(folder, plan);
        Assert.True(whole.Trainer.Run(folder.File("whole"), "f", null, CancellationToken.None));
        using var stop = new CancellationTokenSource();
        Assert.False(broken.Trainer.Run(folder.File("broken"), "f", snapshot => { if (snapshot.Step == 7) stop.Cancel(); }, stop.Token));
        Assert.True(resumed.Trainer.Resume(folder.File("broken"), "f"));
        Assert.True(resumed.Trainer.Run(folder.File("broken"), "f", null, CancellationToken.None));
        Assert.Equal(whole.Trainer.History.Select(record => (record.Loss, record.ValidationLoss, record.GradientNorm)), resumed.Trainer.History.Select(record => (record.Loss, record.ValidationLoss, record.GradientNorm)));
        Assert.Equal(Bits(whole.Model), Bits(resumed.Model));
        Assert.NotEqual(Bits(broken.Model), Bits(resumed.Model));

        static int[] Bits(TrainableModel model) => [.. model.Parameters.SelectMany(parameter => parameter.Tensor.data<float>().ToArray()).Select(BitConverter.SingleToInt32Bits)];
    }

    [Theory]
    [InlineData("gpt2", AdapterKind.Lora, false)]
    [InlineData("llama", AdapterKind.Dora, true)]
    public void A_batch_in_several_passes_has_the_gradients_of_one(string family, AdapterKind kind, bool fourBits)
    {
        using var scope = NewDisposeScope();
        ModelSpec spec = AdaptedModels.Spec(family);
        AdapterOptions options = AdaptedModels.Options(family, kind) with { FourBitBase = fourBits };
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 6 * 16).Select(i => (long)(i * 7 % AdaptedModels.Vocabulary))], 6, 15);
        (double Loss, float[] Gradients) Pass(int rows, double dropped)
        {
            using TrainableModel model = AdaptedModels.Random(spec, options).Model;
            Dropout? dropout = Dropout.Of(0.1, 3, 4, dropped);
            double loss = 0;
            for (int first = 0; first < 6; first += rows)
                loss += TokenLoss.ForwardBackward(model, batch.Slice(first, rows), Precision.Float32, 1.0 / batch.TargetCount, dropout: dropout!.Value with { FirstRow = first });
            return (loss, [.. model.Parameters.SelectMany(parameter => parameter.Gradient().contiguous().data<float>().ToArray())]);
        }
        ((double whole, float[] gradients), (double split, float[] sums)) = (Pass(6, 0.4), Pass(2, 0.4));
        Assert.Equal(whole, split, 1e-3);
        // Matrix products of other shapes round otherwise.
        Assert.InRange(AdaptedModels.Greatest(gradients, sums), 0, 1e-4 * gradients.Max(Math.Abs));
        // And the adapters' dropout is what decides them.
        Assert.True(AdaptedModels.Greatest(gradients, Pass(6, 0).Gradients) > 1e-2 * gradients.Max(Math.Abs));
    }

    [Fact]
    public void Without_a_gradient_a_head_leaves_the_states_gradient_as_it_was()
    {
        // The vocabulary's kernel in bf16 and chunks in fp32, with a bias and without.
        foreach (string family in new[] { "llama", "bert" })
            foreach (Precision precision in new[] { Precision.Float32, Precision.BFloat16 })
            {
                using var scope = NewDisposeScope();
                ModelSpec spec = AdaptedModels.Spec(family);
                AdapterOptions options = AdaptedModels.Options(family);
                (TrainableModel adapted, Dictionary<string, float[]> _) = AdaptedModels.Random(spec, options);
                using TrainableModel model = adapted, plain = new(spec, seed: 1);
                foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
                    plain.Write(parameter, model.Read(parameter));
                TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 2 * 16).Select(i => (long)(i * 7 % AdaptedModels.Vocabulary))], 2, 15);
                double found = TokenLoss.ForwardBackward(model, batch, precision, 1), expected = TokenLoss.ForwardBackward(plain, batch, precision, 1);
                Assert.Equal(expected, found, precision == Precision.Float32 ? 1e-3 : 0.5);
                Assert.Null(model.Head.Weight.grad);
                Assert.Null(model.Head.Bias?.grad);
                // dE/dB = s·dE/dW·Aᵀ, of the same weight in the model that trains it.
                ParameterSpec down = ModelParameters.Enumerate(spec).First(parameter => parameter.Name.EndsWith("blocks.0.feed_forward.down.weight", StringComparison.Ordinal));
                Tensor whole = plain.Parameters.Single(parameter => parameter.Name == down.Name).Gradient();
                Tensor Of(string name) => model.Parameters.Single(parameter => parameter.Name == down.Name.Replace(".weight", name, StringComparison.Ordinal)).Tensor;
                Tensor wanted = whole.mm(Of(".lora_A.weight").t()) * options.Scale, given = Of(".lora_B.weight").grad!;
                Assert.InRange((wanted - given).norm().item<float>() / wanted.norm().item<float>(), 0, precision == Precision.Float32 ? 1e-4 : 0.05);
            }
    }

    private static TrainingPlan Plan(AdapterKind kind, Precision precision, bool fourBits, bool recomputes)
    {
        TrainingPlan plan = SmallModels.Plan(12, precision);
        return plan with
        {
            Schedule = new WarmupCosine(2e-2, 1e-3, 2, 60),
            CheckpointsActivations = recomputes,
            WindowsPerPass = recomputes ? 3 : 4,
            Average = recomputes ? new() { Decay = 0.9 } : null,
            Adapter = AdaptedModels.Options(SmallModels.Llama(), "llama", kind) with { BasePrecision = precision, FourBitBase = fourBits, Dropout = 0.05 },
        };
    }
}
