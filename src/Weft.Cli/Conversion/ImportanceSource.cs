using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;
using Weft.Text;

namespace Weft.Cli.Conversion;

/// <summary>Importance from a file that holds it, or measured on a text.</summary>
/// <param name="context">Standard error and the token that ends it.</param>
/// <param name="windows">The most pieces of a text that the model reads.</param>
internal sealed class ImportanceSource(CommandContext context, int windows)
{
    /// <summary>Reads or measures it.</summary>
    /// <param name="path">The file, a GGUF one or a text.</param>
    /// <param name="model">What is to be quantized.</param>
    /// <param name="tokenizer">The model's, or null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UsageException">The model has no tokenizer, or the text is too short.</exception>
    public ImportanceMatrix Load(string path, Checkpoint model, Tokenizer? tokenizer)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"--importance '{path}' does not exist; give a text, or a file that llama-imatrix or --save-importance made", path);
        if (BeginsAsGguf(path))
            return ImportanceMatrix.Open(path, model);
        if (tokenizer is null)
            throw new UsageException($"MODEL '{model.Path}' has no tokenizer, so that it cannot read the text '{path}'; put its tokenizer.json beside it, or give importance that llama-imatrix made");
        return Measure(path, model, CalibrationWindows.Of(tokenizer, CalibrationWindows.ReadText(path), model.Spec.ContextLength, windows));
    }

    private ImportanceMatrix Measure(string path, Checkpoint model, IReadOnlyList<int[]> pieces)
    {
        using var line = new ProgressLine(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), TimeProvider.System);
        // The engine owns the files that it opens; those of the quantizer stay open.
        using var measurement = new ImportanceMeasurement(Checkpoint.Open(model.Path), new() { Log = WeftTool.Warn(context) });
        for (int i = 0; i < pieces.Count; i++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            int done = i;
            line.Show("importance", bar => $"importance  {(bar ? ProgressLine.Bar((double)done / pieces.Count) : "")}window {done + 1} of {pieces.Count}");
            measurement.Read(pieces[i]);
        }
        return measurement.ToMatrix(Path.GetFileName(path));
    }

    private static bool BeginsAsGguf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[4];
        return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("GGUF"u8);
    }
}
