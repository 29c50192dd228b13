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

    /// <summary>Tokens that are in the cache before the first is generated.</summary>
    public int Depth { get; init; }

    /// <summary>Sequences that are continued together, besides one alone; 1 leaves it out.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>How keys and values are stored; null for what the engine takes.</summary>
    public ElementType? CacheType { get; init; }

    /// <summary>Threads stay on their cores.</summary>
    public bool PinThreads { get; init; }

    /// <summary>Told what the engine has to do without, with the first load.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>Medians in tokens a second; null where nothing was asked for.</summary>
internal sealed record ModelSpeed(int Threads, double? Prompt, double? Generate)
{
    /// <summary>Tokens a second of all sequences that are continued together.</summary>
    public double? GenerateTogether { get; init; }
}

/// <summary>Measures how fast the engine reads prompts and generates.</summary>
/// <param name="path">Folder or file of the model.</param>
/// <param name="options">What to measure.</param>
/// <param name="cancellation">Ends it between two blocks of the model.</param>
internal sealed class ModelBenchmark(string path, BenchmarkOptions options, CancellationToken cancellation)
{
    private const int Seed = 1;

    /// <summary>.NET improves code that runs often, in the background; before that is done, nothing is worth measuring.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Seconds from opening the file to the logits of the first token: the shortest of all loads, since the first compiles code too.</summary>
    public double LoadSeconds { get; private set; } = double.PositiveInfinity;

    /// <summary>The type that most of the weights were multiplied in.</summary>
    public ElementType PackedType { get; private set; }

    /// <summary>How keys and values were stored.</summary>
    public ElementType CacheType { get; private set; }

    /// <summary>Brings the model's files into the page cache, as a model that was used a moment ago is there.</summary>
    public void ReadFiles()
    {
        byte[] buffer = new byte[1 << 16];
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
        using Transformer model = Transformer.Load(Checkpoint.Open(path), new() { Threads = threads, PinThreads = options.PinThreads, CacheType = options.CacheType, Log = double.IsPositiveInfinity(LoadSeconds) ? options.Log : null });
        (PackedType, CacheType) = (model.PackedType, model.CacheType);
        Action<int[]> forward = Reader(model);
        forward([FirstId(model.Spec)]);
        LoadSeconds = Math.Min(LoadSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
        int[] prompt = RandomIds(options.Prompt, model.Spec.VocabularySize);
        var speed = new ModelSpeed(threads,
            prompt.Length == 0 ? null : prompt.Length / Median(() => forward(prompt)),
            options.Generate == 0 ? null : options.Generate / MedianOfGenerating(model, 1));
        return options.Generate == 0 || options.Sequences == 1 ? speed
            : speed with { GenerateTogether = options.Sequences * options.Generate / MedianOfGenerating(model, options.Sequences) };
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
            model.Forward(ids, cache, logits, cancellation);
        };
    }

    /// <summary>Seconds for continuing so many sequences together by the most likely tokens, each from one id or from <see cref="BenchmarkOptions.Depth"/> on.</summary>
    private double MedianOfGenerating(Transformer model, int sequences)
    {
        int vocabulary = model.Spec.VocabularySize, depth = Math.Max(1, options.Depth);
        float[] logits = new float[sequences * vocabulary];
        int[][] next = [.. Enumerable.Range(0, sequences).Select(_ => new int[1])];
        SequenceInput[] inputs = [.. next.Select(ids => new SequenceInput(ids, model.CreateCache(Math.Max(options.Context, depth + options.Generate))))];
        int[] start = RandomIds(depth, vocabulary);
        foreach (SequenceInput input in inputs)
            model.Forward(start, input.Cache, logits.AsSpan(0, vocabulary), cancellation);
        return Median(() =>
        {
            foreach (SequenceInput input in inputs)
                input.Cache.Truncate(depth - 1);
            foreach (int[] ids in next)
                ids[0] = start[^1];
            for (int i = 0; i < options.Generate; i++)
                Step(model, inputs, next, logits);
        });
    }

    private void Step(Transformer model, SequenceInput[] inputs, int[][] next, float[] logits)
    {
        cancellation.ThrowIfCancellationRequested();
        if (inputs.Length == 1)
            model.Forward(next[0], inputs[0].Cache, logits, cancellation);
        else
            model.Forward(inputs, logits, cancellation);
        for (int s = 0; s < inputs.Length; s++)
        {
            ReadOnlySpan<float> row = logits.AsSpan(s * model.Spec.VocabularySize, model.Spec.VocabularySize);
            int id = next[s][0] = TensorPrimitives.IndexOfMax(row);
            if (!float.IsFinite(row[id]))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{path}: logit {id} is {row[id]}; check the weights with weft inspect --check"));
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
