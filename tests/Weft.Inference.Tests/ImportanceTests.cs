using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>What the columns of matrices are multiplied with, and what it does for a quantized model.</summary>
public sealed class ImportanceTests
{
    private const int Length = 40;

    public static TheoryData<string> Models => [.. Mechanisms.All.Where(pair => !pair.Value.HasSource).Select(pair => pair.Key)];

    [Theory]
    [MemberData(nameof(Models))]
    public void All_matrices_of_blocks_are_measured_and_no_others(string name)
    {
        ModelSpec spec = Mechanisms.All[name];
        RandomModel random = RandomModel.Of(spec);
        ImportanceMatrix importance = Measure(random, threads: 2, random.Ids(Length), random.Ids(Length, seed: 8));
        Assert.Empty(importance.Missing(spec));
        Assert.Equal(ModelParameters.Enumerate(spec).Where(parameter => parameter.Shape.Length == 2 && parameter.Part is "attention" or "feed-forward")
            .Select(parameter => parameter.Name).Where(matrix => !matrix.Contains("relative_", StringComparison.Ordinal)).Order(), importance.Columns.Keys.Order());
        Assert.Equal((2, Length), (importance.Windows, importance.WindowTokens));
        Assert.All(importance.Columns.Where(pair => !pair.Key.Contains(".experts.", StringComparison.Ordinal)), pair => Assert.Equal(2 * Length, pair.Value.Rows));
        foreach ((string router, ColumnImportance columns) in importance.Columns.Where(pair => pair.Key.EndsWith("router.weight", StringComparison.Ordinal)))
        {
            string part = router[..^"router.weight".Length];
            int chosen = ((FeedForwardSpec.MixtureOfExperts)spec.Stack.Blocks[0].FeedForward).Router.Chosen;
            Assert.Equal(chosen * columns.Rows, importance.Columns.Where(pair => pair.Key.StartsWith($"{part}experts.", StringComparison.Ordinal) && pair.Key.EndsWith("up.weight", StringComparison.Ordinal))
                .Sum(pair => pair.Value.Rows));
        }
    }

    /// <summary>The first block reads normalised rows of the table, which are computed here again.</summary>
    [Fact]
    public void Squares_are_those_of_the_inputs()
    {
        RandomModel random = RandomModel.Llama(new());
        int[] first = random.Ids(Length), second = random.Ids(3, seed: 8);
        ImportanceMatrix importance = Measure(random, threads: 2, first, second);
        int hidden = random.Spec.HiddenSize;
        float[] table = random.Weights[ModelParameters.TokenEmbedding], gain = random.Weights["blocks.0.attention_norm.weight"];
        double[] expected = new double[hidden];
        foreach (int id in first.Concat(second))
        {
            double[] row = [.. Enumerable.Range(0, hidden).Select(i => (double)table[(id * hidden) + i])];
            double scale = 1 / Math.Sqrt((row.Sum(x => x * x) / hidden) + 1e-5);
            for (int i = 0; i < hidden; i++)
                expected[i] += Math.Pow(row[i] * scale * gain[i], 2);
        }
        foreach (string name in new[] { "query", "key", "value" })
        {
            ColumnImportance columns = importance.Columns[$"blocks.0.attention.{name}.weight"];
            Assert.Equal(Length + 3, columns.Rows);
            Assert.All(expected.Zip(columns.Squares), pair => Assert.InRange(pair.Second / pair.First, 0.9999, 1.0001));
        }
    }

    [Fact]
    public void Threads_do_not_change_it()
    {
        RandomModel random = RandomModel.Llama(new());
        ImportanceMatrix one = Measure(random, threads: 1, random.Ids(Length)), three = Measure(random, threads: 3, random.Ids(Length));
        Assert.All(one.Columns, pair => Assert.Equal(pair.Value.Squares, three.Columns[pair.Key].Squares));
    }

    /// <summary>Columns of the norm's gain differ by a factor of ten, as activations do: the errors that count must fall, and those of the states with them.</summary>
    [Theory]
    [InlineData("q4_0")]
    [InlineData("q4_k_m")]
    [InlineData("q3_k_s")]
    [InlineData("q2_k")]
    public void A_model_quantized_with_importance_is_closer_to_what_it_was(string mix)
    {
        RandomModel random = RandomModel.Llama(new(256, 4, 2, 64, 512));
        foreach ((string name, float[] gain) in random.Weights.Where(pair => pair.Key.Contains("attention_norm", StringComparison.Ordinal) || pair.Key.Contains("feed_forward_norm", StringComparison.Ordinal)))
            for (int i = 0; i < gain.Length; i++)
                gain[i] *= i % 7 == 0 ? 4 : 0.4f;
        int[] text = random.Ids(200), others = random.Ids(100, seed: 9);
        ImportanceMatrix importance = Measure(random, threads: 2, text);
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        using Checkpoint model = HuggingFaceModel.Open(folder.FullName);
        (double Weighted, double Hidden) Errors(ImportanceMatrix? given)
        {
            string file = folder.File(given is null ? "plain.gguf" : "weighted.gguf");
            GgufExport.Save(file, model, [], new() { Mix = QuantizationMix.Find(mix), Importance = given });
            using Checkpoint quantized = Checkpoint.Open(file);
            return (WeightedError(model, quantized, importance), HiddenError(folder.FullName, file, others));
        }

        (double Weighted, double Hidden) plain = Errors(null), weighted = Errors(importance);
        Assert.True(weighted.Weighted < 0.97 * plain.Weighted, $"{weighted.Weighted} of {plain.Weighted}");
        Assert.True(weighted.Hidden < plain.Hidden, $"{weighted.Hidden} of {plain.Hidden}");
    }

    [Fact]
    public void An_encoder_decoder_is_refused_and_closed()
    {
        RandomModel random = RandomModel.Of(Mechanisms.All.Values.First(spec => spec.HasSource));
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        Assert.Contains("encoder-decoder", Assert.Throws<NotSupportedException>(() => new ImportanceMeasurement(Checkpoint.Open(folder.FullName))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_that_are_no_numbers_are_refused()
    {
        RandomModel random = RandomModel.Llama(new());
        random.Weights["blocks.1.attention_norm.weight"][2] = float.NaN;
        Assert.Contains("'blocks.1.attention.", Assert.Throws<InvalidDataException>(() => Measure(random, threads: 1, random.Ids(3))).Message, StringComparison.Ordinal);
    }

    private static double WeightedError(Checkpoint model, Checkpoint quantized, ImportanceMatrix importance)
    {
        double sum = 0;
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            if (!importance.Columns.TryGetValue(parameter.Name, out ColumnImportance? columns))
                continue;
            float[] was = new float[parameter.Count], became = new float[parameter.Count];
            model.Read(parameter, was);
            quantized.Read(parameter, became);
            for (int i = 0; i < was.Length; i++)
                sum += columns.Squares[i % columns.Squares.Length] * Math.Pow(was[i] - became[i], 2);
        }
        return sum;
    }

    private static double HiddenError(string model, string quantized, int[] ids)
    {
        float[] exact = Hidden(model, ids), rounded = Hidden(quantized, ids);
        return exact.Zip(rounded).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
    }

    private static float[] Hidden(string model, int[] ids)
    {
        using Transformer transformer = Transformer.Load(Checkpoint.Open(model), new() { Exact = true, Threads = 2 });
        float[] hidden = new float[ids.Length * transformer.Spec.HiddenSize];
        transformer.ComputeHidden(new ModelInput(ids), hidden);
        return hidden;
    }

    private static ImportanceMatrix Measure(RandomModel random, int threads, params int[][] windows)
    {
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        using var measurement = new ImportanceMeasurement(Checkpoint.Open(folder.FullName), new() { Threads = threads });
        foreach (int[] window in windows)
            measurement.Read(window);
        return measurement.ToMatrix("a text");
    }
}
