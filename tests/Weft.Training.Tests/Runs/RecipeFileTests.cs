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
            Tokenizer = new() { Kind = TokenizerKind.Characters },
            Model = new() { Architecture = "gpt2", Size = ModelSize.Nano, Layers = 3, Context = 64 },
            Training = new() { Steps = 7, LearningRate = 1e-3, Precision = Precision.BFloat16, Sampling = SamplingKind.Random },
        };
        RecipeFile.Write(folder.File("r.yaml"), recipe);
        Recipe read = RecipeFile.Read(folder.File("r.yaml"));
        Assert.Equal(recipe.Text.Paths, read.Text.Paths);
        Assert.Equal(recipe, read with { Text = recipe.Text });
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
}
