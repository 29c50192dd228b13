using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Spec;

namespace Weft.Inference.Benchmarks;

/// <summary>Loads Llamas of about 1 GB, from safetensors and GGUF, mapped and widened.</summary>
internal static class LoadBenchmark
{
    private const int Rounds = 3, Buffer = 1 << 19;

    public static void Run(string parent)
    {
        string folder = Directory.CreateDirectory(Path.Combine(parent, $"weft-load-{Environment.ProcessId}")).FullName;
        try
        {
            Console.WriteLine("| weights | file | GB | open, ms | to the first logits, s | managed MB | RssAnon, MB | VmHWM, MB |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|");
            foreach ((ElementType type, int blocks) in new[] { (ElementType.F32, 14), (ElementType.BF16, 30) })
            {
                string model = Path.Combine(folder, $"{type}"), gguf = Path.Combine(folder, $"{type}.gguf");
                Save(model, type, Llama(blocks));
                using (Checkpoint source = Checkpoint.Open(model))
                    GgufExport.Save(gguf, source, [], new());
                Row($"{type}", "safetensors", model, Path.Combine(model, "model.safetensors"));
                Row($"{type}", "GGUF", gguf, gguf);
                File.Delete(gguf);
                Directory.Delete(model, recursive: true);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Row(string weights, string format, string model, string file)
    {
        // The first run brings the file into the page cache, should it not be there.
        LoadMeasure[] runs = [.. Enumerable.Range(0, Rounds + 1).Select(_ => LoadMeasure.InProcess(model)).Skip(1)];
        double Median(Func<LoadMeasure, double> of) => runs.Select(of).Order().ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {weights} | {format} | {new FileInfo(file).Length / 1e9:0.00} | {Median(run => run.OpenSeconds) * 1e3:0} | "
            + $"{Median(run => run.LogitSeconds):0.00} | {Median(run => run.Allocated) / 1e6:0.0} | {Median(run => run.Anonymous) / 1e6:0} | {Median(run => run.Peak) / 1e6:0} |"));
    }

    private static ModelSpec Llama(int blocks)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        return new ModelSpec
        {
            Embedding = new(32_000, 1024, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(blocks, new(norm, new(16, 4, 64, new PositionSpec.Rotary(10_000), AttentionBias.None), norm,
                new FeedForwardSpec.Gated(4096, Activation.Silu, Bias: false)), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = 2048,
        }.Validate();
    }

    /// <summary>Writes a model whose numbers repeat, so that nothing of it is in memory.</summary>
    private static void Save(string folder, ElementType type, ModelSpec spec)
    {
        var architecture = new Llama();
        var config = new JsonObject { ["architectures"] = new JsonArray(architecture.ClassName(spec.Head)), ["model_type"] = architecture.ModelType };
        architecture.WriteConfig(spec, config);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, CompanionFile.Config), config.ToJsonString());
        var random = new Random(1);
        float[] numbers = [.. Enumerable.Range(0, Buffer).Select(_ => (random.NextSingle() - 0.5f) / 16)];
        byte[] bytes = type == ElementType.F32 ? MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray()
            : MemoryMarshal.AsBytes(numbers.Select(number => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16)).ToArray().AsSpan()).ToArray();
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. ModelParameters.Enumerate(spec).Select(parameter =>
            new TensorSource(architecture.Locate(spec, parameter).Name, type, parameter.Shape, stream =>
            {
                for (long left = parameter.Count * type.Size(); left > 0; left -= bytes.Length)
                    stream.Write(bytes, 0, (int)Math.Min(left, bytes.Length));
            }))]);
    }
}
