using System.Diagnostics;

using Weft.Data;
using Weft.Training;
using Weft.Training.Batches;
using Weft.Training.Objectives;

using static TorchSharp.torch;

namespace Weft.Cli.Train.Benchmarking;

/// <summary>What is measured in a process of its own, so that its memory is its own too.</summary>
internal static class TrainingContestant
{
    /// <summary>Their names.</summary>
    public const string Trainer = "trainer", Baseline = "baseline", Products = "products", Packed = "packed", Sorted = "sorted", Padded = "padded";

    private const int WarmUp = 2, Fewest = 5;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    /// <summary>Tokens a second, or of the products operations a second.</summary>
    public static double Measure(string name, TrainingShape shape) => name switch
    {
        Trainer => TrainingShape.TokensPerStep / Weft.Training.Trainer.MeasureStepSeconds(shape.Spec, shape.Plan),
        Baseline => TrainingShape.TokensPerStep / MeasureBaseline(shape),
        Products => MeasureProducts(shape),
        Packed => MeasureDocuments(shape, Arrangement.Packed),
        Sorted => MeasureDocuments(shape, Arrangement.Padded),
        Padded => MeasureDocuments(shape, Arrangement.Padded, toWindow: true),
        _ => throw new UsageException($"--contestant is '{name}'; use {Trainer}, {Baseline}, {Products}, {Packed}, {Sorted} or {Padded}"),
    };

    /// <summary>Documents of mixed lengths, 8 tokens to a whole window and some 75 in the mean: several in a row, or one with others of about its length, or one padded to a window.</summary>
    private static double MeasureDocuments(TrainingShape shape, Arrangement arrangement, bool toWindow = false)
    {
        const int Documents = 4000, Shortest = 8, Mean = 80;
        string file = Path.GetTempFileName();
        try
        {
            var random = new Random(1);
            using (var writer = TokenShardWriter.Create(file, shape.Vocabulary))
            {
                for (int i = 0; i < Documents; i++)
                {
                    int length = (int)Math.Clamp(Shortest - ((Mean - Shortest) * Math.Log(1 - random.NextDouble())), Shortest, TrainingShape.Context);
                    writer.Add([.. Enumerable.Range(0, length).Select(_ => random.Next(shape.Vocabulary))], length);
                }
                writer.Complete();
            }
            using TokenShard shard = TokenShard.Open(file);
            IBatchSource batches = new ExampleBatches(new DocumentExamples(shard, new CausalText(), TrainingShape.Context), new(arrangement), TrainingShape.Batch, seed: 1);
            return Weft.Training.Trainer.MeasureTargetsPerSecond(shape.Spec, shape.Plan, toWindow ? new WholeWindows(batches, TrainingShape.Context) : batches);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static double MeasureBaseline(TrainingShape shape)
    {
        Weft.Training.Native.NativeTorch.Load();
        set_num_threads(shape.Threads);
        using var model = new PlainGpt(shape);
        using var optimizer = optim.AdamW(model.parameters(), lr: 1e-6, beta1: 0.9, beta2: 0.95, weight_decay: 0.1);
        using Tensor ids = randint(0, shape.Vocabulary, [TrainingShape.Batch, TrainingShape.Context + 1], dtype: ScalarType.Int64, generator: new Generator(1, CPU));
        return MedianSeconds(() =>
        {
            using var scope = NewDisposeScope();
            Tensor logits = model.forward(ids.narrow(1, 0, TrainingShape.Context));
            Tensor loss = nn.functional.cross_entropy(logits.view(-1, shape.Vocabulary), ids.narrow(1, 1, TrainingShape.Context).reshape(-1));
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), 1);
            optimizer.step();
            optimizer.zero_grad();
        });
    }

    /// <summary>The rate of libtorch's own matrix products in bf16, or fp32 where the processor has no bf16, at the shapes of a step: forward and both gradients.</summary>
    private static double MeasureProducts(TrainingShape shape)
    {
        Weft.Training.Native.NativeTorch.Load();
        set_num_threads(shape.Threads);
        ScalarType type = Precision.Automatic.Resolve() == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        double seconds = 0;
        foreach ((int outputs, int inputs, int count) in shape.Products)
        {
            using var scope = NewDisposeScope();
            Tensor x = randn([TrainingShape.TokensPerStep, inputs], type), weight = randn([outputs, inputs], type), gradient = randn([TrainingShape.TokensPerStep, outputs], type);
            seconds += count * (MedianSeconds(() => mm(x, weight.t()).Dispose()) + MedianSeconds(() => mm(gradient, weight).Dispose()) + MedianSeconds(() => mm(gradient.t(), x).Dispose()));
        }
        return TrainingShape.TokensPerStep * shape.OperationsPerToken / seconds;
    }

    private static double MedianSeconds(Action action)
    {
        var seconds = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        for (int i = -WarmUp; i < Fewest || Stopwatch.GetElapsedTime(begin) < (seconds.Sum() > 1 ? Time : Time / 10); i++)
        {
            long started = Stopwatch.GetTimestamp();
            action();
            if (i >= 0)
                seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        seconds.Sort();
        return seconds[seconds.Count / 2];
    }
}
