using System.Text.RegularExpressions;

using Weft.Data;
using Weft.Inference;
using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Training;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Runs.Checkpoints;

namespace Weft.Parity.Tests;

/// <summary>Parity after training, and proof that the comparison notices a wrong weight.</summary>
public sealed class TrainedTests
{
    private const int Steps = 6;

    /// <summary>Enough for each position to attend to others; the many exports are what takes the time.</summary>
    private const int IdsPerWrongTensor = 32;

    /// <summary>
    /// A wrong tensor is wrong by a quarter, upwards and downwards in turn: far less than a transposed, swapped or shifted one. All upwards
    /// would be nothing at all where a norm follows.
    /// </summary>
    private const float Wrong = 0.25f;

    public static TheoryData<string, Precision> Runs
    {
        get
        {
            var data = new TheoryData<string, Precision>();
            foreach (Architecture architecture in ArchitectureCatalogue.All.Where(architecture => IsTrained(ParitySamples.Of(architecture.ModelType)[0].Spec)))
                foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16])
                    data.Add(architecture.ModelType, precision);
            return data;
        }
    }

    public static TheoryData<string, string> Samples => ParitySamples.All;

    [Theory]
    [MemberData(nameof(Runs))]
    public void Logits_agree_after_training(string modelType, Precision precision)
    {
        using TrainableModel trained = RandomWeights.Model(ParitySamples.Of(modelType)[0].Spec);
        int[] ids = ParitySamples.Ids(trained.Spec);
        float[] before = Logits.Of(trained, ids);
        Train(trained, precision);
        float[] expected = Logits.Of(trained, ids);
        Assert.True(Logits.GreatestDifference(before, expected) > 100 * Tolerance.Logits, "training changed nothing, so that nothing was tested");
        using Transformer engine = Engine.Load(trained, modelType);
        Logits.AssertEqual(expected, Logits.Of(engine, ids), trained.Spec);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Any_tensor_that_is_wrong_by_a_quarter_shows(string modelType, string sample)
    {
        ModelSpec spec = ParitySamples.Spec(modelType, sample);
        using TrainableModel trained = RandomWeights.Model(spec);
        if (IsTrained(spec))
            Train(trained, Precision.Float32);
        int[] ids = ParitySamples.Ids(spec)[..IdsPerWrongTensor];
        float[] expected = Logits.Of(trained, ids);
        double smallest = double.PositiveInfinity;
        foreach (string wrong in ModelParameters.Enumerate(spec).Where(parameter => Matters(spec, parameter)).Select(Role).Distinct())
        {
            using Transformer engine = Engine.Load(ArchitectureCatalogue.ForModelType(modelType), spec,
                parameter => Role(parameter) == wrong ? [.. trained.Read(parameter).Select((value, i) => value * (i % 2 == 0 ? 1 + Wrong : 1 - Wrong))] : trained.Read(parameter), threads: 1);
            double difference = Logits.GreatestDifference(expected, Logits.Of(engine, ids));
            Assert.True(difference > Tolerance.Logits, $"'{wrong}' is wrong by a quarter, and the logits differ by {difference:E2} only");
            smallest = Math.Min(smallest, difference);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"smallest difference of a wrong tensor {smallest:E2}");
    }

    /// <summary>The trainer's objective: the next token of texts.</summary>
    private static bool IsTrained(ModelSpec spec) => spec is { Generates: true, HasSource: false };

    /// <summary>
    /// A key's bias adds the same to the scores of all positions, which softmax takes away again, unless something makes it depend on the
    /// position, or the score is no plain product.
    /// </summary>
    private static bool Matters(ModelSpec spec, ParameterSpec parameter)
    {
        if (parameter.Name.EndsWith("router.weight", StringComparison.Ordinal))
            return !OneExpertHasAllWeight(spec);
        if (!parameter.Name.EndsWith("attention.key.bias", StringComparison.Ordinal))
            return true;
        bool self = !parameter.Name.EndsWith("cross_attention.key.bias", StringComparison.Ordinal);
        return self && spec.Stack.Blocks.Any(block => block.Attention is { Position: PositionSpec.Rotary } or { QueryKeyNorm: not null } or { SoftCap: not null } or { Sinks: AttentionSinks.Learned });
    }

    /// <summary>The experts of a block stand for each other: one that no token chose shows nowhere.</summary>
    private static string Role(ParameterSpec parameter) => Regex.Replace(parameter.Name, @"experts\.\d+\.", "experts.*.", RegexOptions.CultureInvariant);

    /// <summary>The softmax over a single expert is one, whatever the router says.</summary>
    private static bool OneExpertHasAllWeight(ModelSpec spec) =>
        spec.Stack.Blocks.Any(block => block.FeedForward is FeedForwardSpec.MixtureOfExperts { Router: RouterSpec.SoftmaxAfterChoice { Chosen: 1 } });

    private static void Train(TrainableModel model, Precision precision)
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = Shard(folder.File("train.tokens"), model.Spec.VocabularySize);
        using var trainer = new Trainer(model, new CausalWindows(new ShuffledWindowSampler(shard, 9), 4, 16), new ShardWindows(shard, 16), new()
        {
            Steps = Steps,
            BatchSize = 4,
            WindowsPerPass = 4,
            ContextLength = 16,
            // Ten times as much would flatten the attention of a deep model, and its wrong tensors would hardly show.
            Schedule = new WarmupCosine(1e-3, 1e-4, 1, Steps),
            Precision = precision,
            EvaluateEvery = Steps,
            EvaluationWindows = 1,
            SaveEvery = Steps,
            Threads = 1,
        });
        using var checkpoints = new CheckpointFolder(folder.File("checkpoints"), new("parity", "", "", ""));
        Assert.True(trainer.Run(checkpoints, null, TestContext.Current.CancellationToken));
    }

    /// <summary>Documents that count upwards, each from its own start.</summary>
    private static TokenShard Shard(string path, int vocabulary)
    {
        using (var writer = TokenShardWriter.Create(path, vocabulary))
        {
            for (int d = 0; d < 20; d++)
            {
                int[] ids = [.. Enumerable.Range(0, 30).Select(i => ((d * 7) + i) % vocabulary)];
                writer.Add(ids, ids.Length);
            }
            writer.Complete();
        }
        return TokenShard.Open(path);
    }
}
