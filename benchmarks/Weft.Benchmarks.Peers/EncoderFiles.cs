using Weft.Cli.Benchmarking;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;

namespace Weft.Benchmarks.Peers;

/// <summary>One encoder with the same weights in several formats.</summary>
/// <param name="Quantized">A GGUF file with Q8_0 weights.</param>
/// <param name="Single">A Hugging Face folder with what they stand for, in fp32.</param>
/// <param name="Brain">The same rounded to bf16.</param>
internal sealed record EncoderFiles(string Quantized, string Single, string Brain)
{
    private const string Format = "q8_0";

    /// <summary>Makes the weights and writes them three times.</summary>
    public static EncoderFiles Write(string folder, SyntheticShape shape, CancellationToken cancellation)
    {
        var files = new EncoderFiles(Path.Combine(folder, $"{Format}{Checkpoint.GgufEnding}"), Path.Combine(folder, "f32"), Path.Combine(folder, "bf16"));
        SyntheticModel.Save(files.Quantized, shape, SyntheticFormat.All.First(format => format.Name == Format), cancellation);
        using Checkpoint quantized = Checkpoint.Open(files.Quantized);
        HuggingFaceExport.Save(files.Single, quantized, new() { Type = ElementType.F32, Cancellation = cancellation });
        HuggingFaceExport.Save(files.Brain, quantized, new() { Type = ElementType.BF16, Cancellation = cancellation });
        return files;
    }

    /// <summary>Multiplications and additions of a sequence in products with weights.</summary>
    public double Operations(int length)
    {
        using Checkpoint model = Checkpoint.Open(Single);
        return new WeightTraffic(model).PromptOperations(length);
    }
}
