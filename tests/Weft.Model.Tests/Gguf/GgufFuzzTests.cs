using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;
using Weft.Model.Tests.Fuzzing;
using Weft.Model.Tests.HuggingFace;

namespace Weft.Model.Tests.Gguf;

/// <summary>Damaged files: whatever is changed, a file is refused as a checkpoint or reads without harm.</summary>
public sealed class GgufFuzzTests
{
    private const int DefaultIterations = 1500;

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void A_changed_file_is_refused_or_read(string modelType)
    {
        using var folder = new ModelFolder(modelType);
        using var work = new TemporaryFolder();
        string whole = work.File("whole.gguf"), bare = work.File("bare.gguf"), path = work.File("model.gguf");
        using (Checkpoint source = Checkpoint.Open(folder.Path))
            GgufExport.Save(whole, source, [new("tokenizer.ggml.tokens", new[] { "a", "b" }), new("tokenizer.ggml.eos_token_id", 1u)], new());
        using (GgufModel model = GgufModel.Open(whole))
            GgufModelTests.WithoutConfig(model, bare);
        byte[][] files = [File.ReadAllBytes(whole), File.ReadAllBytes(bare)];
        new Fuzz
        {
            File = path,
            AllowedBesides = Fuzz.AllowedForBlocks,
            Make = random => Change(files[random.Next(files.Length)], random),
            Place = bytes => File.WriteAllBytes(path, bytes),
            Read = _ =>
            {
                using Checkpoint model = Checkpoint.Open(path);
                foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
                    model.Read(parameter, new float[parameter.Count]);
            },
        }.Run(Fuzz.Iterations(DefaultIterations));
    }

    private static byte[] Change(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            // Lengths, types and offsets lie before the data.
            int at = random.Next(Math.Min(bytes.Count, 3000));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at - 1));
                    break;
                case 3:
                    bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                default:
                    // Changes before may have left few bytes; one stays.
                    bytes = bytes[..random.Next(Math.Clamp(bytes.Count - 1, 1, 24), bytes.Count)];
                    break;
            }
        }
        return [.. bytes];
    }
}
