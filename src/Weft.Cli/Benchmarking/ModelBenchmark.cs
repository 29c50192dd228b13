using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Weft.Inference;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Cli.Benchmarking;

/// <summary>What is measured.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>Ids of the prompt; 0 leaves it out.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens that are generated; 0 leaves it out.</summary>
    public required int Generate { get; init; }

    /// <summary>Measurements, whose median counts.</summary>
    public required int Repeat { get; init; }

    /// <summary>Tokens that the key-value cache has room for.</summary>
    public required int Context { get; init; }
}

/// <summary>Medians in tokens a second; null where nothing was asked for.</summary>
internal sealed record ModelSpeed(int Threads, double? Prompt, double? Generate);

/// <summary>Measures how fast the engine reads prompts and generates.</summary>
/// <param name="path">Folder or file of the model.</param>
/// <param name="options">What to measure.</param>
/// <param name="cancellation">Ends it between two calls of the engine.</param>
internal sealed class ModelBenchmark(string path, BenchmarkOptions options, CancellationToken cancellation)
{
    private const int Seed = 1;

    /// <summary>.NET improves code that runs often, in the background; before that is done, nothing is worth measuring.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Seconds from opening the file to the logits of the first token: the shortest of all loads, since the first compiles code too.</summary>
    public double LoadSeconds { get; private set; } = double.PositiveInfinity;

    /// <summary>Brings the model's files into the page cache, as a model that was used a moment ago is there.</summary>
    public void ReadFiles()
    {
        byte[] buffer = new byte[1 << 20];
        foreach (string file in Directory.Exists(path) ? Directory.EnumerateFiles(path) : [path])
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            while (stream.Read(buffer) > 0)
                cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Loads the model and measures it.</summary>
    public ModelSpeed Measure(int threads)
    {
        long start = Stopwatch.GetTimestamp();
        using Transformer model = Transformer.Load(Checkpoint.Open(path), new() { Threads = threads });
        Action<int[]> forward = Reader(model);
        forward([FirstId(model.Spec)]);
        LoadSeconds = Math.Min(LoadSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
        int[] prompt = RandomIds(options.Prompt, model.Spec.VocabularySize);
        return new(threads,
            prompt.Length == 0 ? null : prompt.Length / Median(() => forward(prompt)),
            options.Generate == 0 ? null : options.Generate / Median(() => Generate(model)));
    }

    /// <summary>Reads ids from an empty cache; an encoder has none and gives hidden states.</summary>
    private Action<int[]> Reader(Transformer model)
    {
        if (!model.Spec.Generates)
        {
            float[] hidden = new float[options.Context * model.Spec.HiddenSize];
            return ids => model.ComputeHidden(new ModelInput(ids), hidden.AsSpan(0, ids.Length * model.Spec.HiddenSize));
        }
        float[] logits = new float[model.Spec.VocabularySize];
        KeyValueCache cache = model.CreateCache(options.Context);
        return ids =>
        {
            cache.Truncate(0);
            model.Forward(ids, cache, logits);
        };
    }

    /// <summary>The most likely token again and again, from one id on.</summary>
    private void Generate(Transformer model)
    {
        float[] logits = new float[model.Spec.VocabularySize];
        KeyValueCache cache = model.CreateCache(options.Context);
        int id = FirstId(model.Spec);
        for (int i = 0; i < options.Generate; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            model.Forward([id], cache, logits);
            id = TensorPrimitives.IndexOfMax(logits);
            if (!float.IsFinite(logits[id]))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{path}: logit {id} of token {i + 1} is {logits[id]}; check the weights with weft inspect --check"));
        }
    }

    private double Median(Action run)
    {
        long began = Stopwatch.GetTimestamp();
        do
            run();
        while (Stopwatch.GetElapsedTime(began) < WarmUp);
        double[] seconds = new double[options.Repeat];
        foreach (ref double second in seconds.AsSpan())
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            run();
            second = Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 1e-9);
        }
        Array.Sort(seconds);
        return (seconds[(seconds.Length - 1) / 2] + seconds[seconds.Length / 2]) / 2;
    }

    private static int[] RandomIds(int count, int vocabulary)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }

    /// <summary>Where many models have the beginning of a text; which one it is does not matter to speed.</summary>
    private static int FirstId(ModelSpec spec) => Math.Min(1, spec.VocabularySize - 1);
}
