using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public sealed class PassSizeTests
{
    [Theory]
    [InlineData(12, 256, 2304, 4096, 4)]
    [InlineData(12, 256, 2304, 50257, 12)]
    [InlineData(12, 64, 2304, 65, 12)]
    [InlineData(9, 256, 4096, 65, 3)]
    [InlineData(8, 4096, 4096, 65, 1)]
    [InlineData(8, 256, 1024, 4096, 8)]
    [InlineData(1, 256, 4096, 65, 1)]
    public void Passes_are_alike_and_of_some_thousand_tokens(int batch, int context, int layersByWidth, int vocabulary, int windows) =>
        Assert.Equal(windows, PassSize.Windows(batch, context, (layersByWidth, vocabulary)));

    [Fact]
    public void What_is_derived_is_said_and_what_is_given_stays()
    {
        var recipe = new Recipe { Model = new() { Context = 256, Layers = 6, Width = 384 }, Training = new() { Batch = 12 } };
        (Recipe resolved, IReadOnlyList<DerivedSetting> derived) = Derivation.Resolve(recipe);
        Assert.Equal(4, resolved.Training.WindowsPerPass);
        Assert.Equal("4", derived.Single(setting => setting.Name == "training.windows-per-pass").Value);
        (resolved, derived) = Derivation.Resolve(recipe with { Training = recipe.Training with { WindowsPerPass = 6 } });
        Assert.Equal(6, resolved.Training.WindowsPerPass);
        Assert.DoesNotContain(derived, setting => setting.Name == "training.windows-per-pass");
    }

    [Fact]
    public void A_batch_whose_parts_are_not_alike_in_loss_or_whose_vocabulary_is_not_known_stays_whole()
    {
        var recipe = new Recipe { Model = new() { Context = 256, Layers = 6, Width = 384 }, Training = new() { Batch = 12 } };
        foreach (Recipe whole in new[]
        {
            recipe with { Training = recipe.Training with { Objective = new() { LoadBalance = 0.01 } } },
            recipe with { Training = recipe.Training with { InitFrom = "model" } },
            recipe with { Tokenizer = new() { File = "tokenizer.json" } },
            recipe with { Training = recipe.Training with { Device = "cuda" } },
        })
            Assert.Equal(12, Derivation.Resolve(whole).Recipe.Training.WindowsPerPass);
    }
}
