using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class RecipeFileTests
{
    [Fact]
    public void A_recipe_survives_writing_and_reading()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = new()
        {
            Name = "mine",
            Threads = 2,
            Text = new() { Paths = ["a b.txt", "c/*.md"], Split = SplitKind.Tail, Validation = 0.1, Test = 0 },
            Data = [new() { Shard = "web/*.tokens", Weight = 0.7 }, new() { Shard = "code.tokens", Weight = 0.3 }],
            HeldOut = new() { Validation = "held.tokens" },
            Tokenizer = new() { Kind = TokenizerKind.Characters, File = "tokenizer.json" },
            Model = new() { Architecture = "gpt2", Size = ModelSize.Nano, Layers = 3, Context = 64 },
            Training = new() { Steps = 7, LearningRate = 1e-3, Precision = Precision.BFloat16, Sampling = SamplingKind.Random },
        };
        RecipeFile.Write(folder.File("r.yaml"), recipe);
        Recipe read = RecipeFile.Read(folder.File("r.yaml"));
        Assert.Equal(recipe.Text.Paths, read.Text.Paths);
        Assert.Equal(recipe.Data, read.Data);
        Assert.Equal(recipe, read with { Text = recipe.Text, Data = recipe.Data });
        string text = File.ReadAllText(folder.File("r.yaml"));
        Assert.Contains("kind: characters", text, StringComparison.Ordinal);
        Assert.Contains("precision: bfloat16", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("modle: {}", "line 1")]
    [InlineData("model:\n  layers: many", "line 2")]
    [InlineData("tokenizer:\n  kind: words", "line 2")]
    [InlineData("model: [", "line 1")]
    [InlineData("", "empty")]
    public void A_faulty_recipe_is_refused_with_file_and_line(string yaml, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("r.yaml"), yaml);
        var error = Assert.Throws<InvalidDataException>(() => RecipeFile.Read(folder.File("r.yaml")));
        Assert.Contains("r.yaml", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("training:\n  learnig-rate: 1", "line 2: training.learnig-rate is unknown; did you mean training.learning-rate?")]
    [InlineData("training:\n  steps: 3\n  learning_rate: 1", "line 3: training.learning_rate is unknown; did you mean training.learning-rate?")]
    [InlineData("seed: 1\nmodle: {}", "line 2: modle is unknown; did you mean model?")]
    [InlineData("vocabulary: 300", "line 1: vocabulary is unknown; did you mean tokenizer.vocabulary?")]
    [InlineData("text: { zzz: 1 }", "text.zzz is unknown; known here: paths, split, validation, test")]
    [InlineData("data:\n  - shard: a\n  - { shard: b, wieght: 2 }", "line 3: data[1].wieght is unknown; did you mean data[1].weight?")]
    [InlineData("data: a.tokens", "data is 'a.tokens'; give a list of items with the keys shard, weight")]
    [InlineData("data: [a.tokens]", "data[0] is 'a.tokens'; it holds the keys shard, weight")]
    [InlineData("text:\n  paths: a.txt", "line 2: text.paths is 'a.txt'; give a list such as [a, b]")]
    [InlineData("tokenizer:\n  kind: charactres", "line 2: tokenizer.kind is 'charactres'; give byte-bpe, characters or wordpiece (did you mean characters?)")]
    [InlineData("model: { size: huge }", "model.size is 'huge'; give nano, tiny or small")]
    [InlineData("model: { size: 1 }", "model.size is '1'; give nano, tiny or small")]
    [InlineData("model: { layers: 2.5 }", "model.layers is '2.5'; give a whole number")]
    [InlineData("model: { layers: 99999999999 }", "model.layers is '99999999999'; give a whole number")]
    [InlineData("model: { layers: [2] }", "model.layers is a list; give a whole number")]
    [InlineData("training: { beta1: most }", "training.beta1 is 'most'; give a number")]
    [InlineData("tokenizer: fast", "tokenizer is 'fast'; it holds the keys file, kind, vocabulary")]
    [InlineData("seed: 1\nmodel:\ntraining: { steps: 1 }", "line 2: model has no value; it holds the keys architecture")]
    [InlineData("training: { clip: }", "training.clip has no value; give a number, or leave the key out")]
    [InlineData("- a", "line 1: the recipe is a list")]
    [InlineData("seed: 1\n---\nseed: 2", "a second document begins here")]
    [InlineData("seed: 1\nseed: 2", "uplicate key")]
    public void A_mistake_is_told_with_line_key_and_what_would_be_right(string yaml, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("r.yaml"), yaml);
        string message = Assert.Throws<InvalidDataException>(() => RecipeFile.Read(folder.File("r.yaml"))).Message;
        Assert.StartsWith(folder.File("r.yaml"), message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Values_may_be_written_as_yaml_has_them()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("r.yaml"), "threads:\nmodel: &m { size: NANO, layers: ~, context: 0x40 }\ntraining: { learning-rate: 1e-3, steps: '7', clip: .inf }\ntext: { paths: [] }");
        Recipe recipe = RecipeFile.Read(folder.File("r.yaml"));
        Assert.Equal((null, ModelSize.Nano, null, 64, 1e-3, 7, double.PositiveInfinity),
            (recipe.Threads, recipe.Model.Size, recipe.Model.Layers, recipe.Model.Context, recipe.Training.LearningRate, recipe.Training.Steps, recipe.Training.Clip));
    }

    [Fact]
    public void Every_key_that_is_written_is_a_key_that_is_known()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Derivation.WithSteps(Derivation.Resolve(new()).Recipe, 100, "test", []);
        RecipeFile.Write(folder.File("r.yaml"), recipe);
        Recipe read = RecipeFile.Read(folder.File("r.yaml"));
        Assert.Equal(recipe, read with { Text = recipe.Text, Data = recipe.Data });
    }
}
