using System.Globalization;
using System.IO.Compression;
using System.Numerics.Tensors;

namespace Weft.Inference.Tests.Assets;

/// <summary>The smallest Llama of llama2.c, in both of its formats, beside what its authors' C program computes: pairs of neighbours are rotated there.</summary>
public sealed class Stories260kTests
{
    private const int Positions = 48;

    /// <summary>Both sides are fp32; the logits lie between -10 and 20.</summary>
    private const double Tolerance = 1e-4;

    public static TheoryData<string, int> Runs => new()
    {
        { "stories260K.bin", 1 }, { "stories260K.bin", 2 }, { "checkpoint_v1.bin", 1 }, { "checkpoint_v1.bin", 2 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Logits_and_greedy_ids_are_those_of_the_program(string file, int prompt)
    {
        string folder = TestAssets.Require("models/stories260k");
        using Transformer model = Stories260k.Load(Path.Combine(folder, file));
        int[] ids = [.. File.ReadLines(Path.Combine(folder, $"golden/tokens_{prompt}.tsv")).Select(line => int.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture))];
        float[][] expected = Logits(Path.Combine(folder, $"golden/logits_{prompt}.tsv.gz"));
        Assert.Equal(Positions, expected.Length);
        KeyValueCache cache = model.CreateCache(ids.Length);
        float[] logits = new float[model.Spec.VocabularySize];
        int generated = 0;
        for (int t = 0; t < ids.Length - 1; t++)
        {
            model.Forward([ids[t]], cache, logits);
            if (t < Positions)
                Assert.InRange(Differences.Greatest(expected[t], logits), 0, Tolerance);
            // Within the prompt the next id is given, beyond it taken.
            if (t >= Positions)
                Assert.Equal(ids[t + 1], TensorPrimitives.IndexOfMax<float>(logits));
            generated = t;
        }
        Assert.True(generated > Positions + 100, $"{generated} positions are too few to prove much");
    }

    private static float[][] Logits(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t')[2..].Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
    }
}
