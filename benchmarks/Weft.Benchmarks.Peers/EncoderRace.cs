using System.Diagnostics;
using System.Numerics.Tensors;
using TorchSharp;
using Weft.Model.Checkpoints;
using Weft.Training;
using Weft.Training.Modules;

namespace Weft.Benchmarks.Peers;

/// <summary>What one way to compute took, turn by turn, and how far its states are from those of libtorch in fp32.</summary>
/// <param name="Name">Of the way.</param>
/// <param name="Type">The type whose arithmetic bounds it.</param>
/// <param name="Speeds">Tokens a second.</param>
/// <param name="Difference">The largest of any state.</param>
internal sealed record EncoderResult(string Name, ElementType Type, IReadOnlyList<double> Speeds, double Difference);

/// <summary>Lets all ways to compute the states of a batch run in turns.</summary>
/// <param name="files">The encoder.</param>
/// <param name="batch">What it reads.</param>
/// <param name="rounds">Turns of each.</param>
/// <param name="log">Is told of every turn.</param>
/// <param name="cancellation">Ends it between two turns.</param>
internal sealed class EncoderRace(EncoderFiles files, EncoderBatch batch, int rounds, Action<string> log, CancellationToken cancellation)
{
    /// <summary>Runs all rounds.</summary>
    public EncoderResult[] Run(int threads)
    {
        // Loads libtorch too, which has to be there before its threads are set.
        using TrainableModel modules = TorchEncoder.Load(files.Single);
        torch.set_num_threads(threads);
        using EngineEncoder single = new(files.Single, ElementType.F32, threads), brain = new(files.Brain, ElementType.BF16, threads),
            quantized = new(files.Quantized, ElementType.Q8_0, threads);
        using TorchEncoder reference = new(modules, Precision.Float32), half = new(modules, Precision.BFloat16);
        // Each beside the one it is compared with most.
        IEncoder[] encoders = [single, reference, brain, half, quantized];
        float[] expected = Compute(reference);
        // The first time of each is its warm-up.
        double[] differences = [.. encoders.Select(encoder => GreatestDifference(Compute(encoder), expected))];
        List<double>[] speeds = [.. encoders.Select(_ => new List<double>())];
        float[] hidden = new float[expected.Length];
        for (int round = 0; round < rounds; round++)
            foreach ((IEncoder encoder, List<double> of) in encoders.Zip(speeds))
            {
                cancellation.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                encoder.Compute(batch, hidden);
                of.Add(batch.Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds);
                log(FormattableString.Invariant($"threads {threads}, {encoder.Name}: {of[^1]:0} tokens/s"));
            }
        return [.. encoders.Select((encoder, i) => new EncoderResult(encoder.Name, encoder.Type, speeds[i], differences[i]))];
    }

    private float[] Compute(IEncoder encoder)
    {
        cancellation.ThrowIfCancellationRequested();
        float[] hidden = new float[batch.Tokens * batch.Spec.HiddenSize];
        encoder.Compute(batch, hidden);
        return hidden;
    }

    /// <summary>Not a number where one side is none.</summary>
    private static double GreatestDifference(float[] actual, float[] expected)
    {
        float[] differences = new float[actual.Length];
        TensorPrimitives.Subtract<float>(actual, expected, differences);
        return Math.Abs(TensorPrimitives.MaxMagnitude<float>(differences));
    }
}
