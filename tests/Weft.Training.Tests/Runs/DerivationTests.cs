using Weft.Model.Spec;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class DerivationTests
{
    [Theory]
    [InlineData(ModelSize.Nano)]
    [InlineData(ModelSize.Tiny)]
    [InlineData(ModelSize.Small)]
    public void A_size_sets_width_depth_rate_and_batch_together_and_says_so(ModelSize size)
    {
        (Recipe recipe, IReadOnlyList<DerivedSetting> derived) = Derivation.Resolve(new() { Model = new() { Size = size } });
        foreach (string name in new[] { "model.width", "model.layers", "model.heads", "model.inner", "training.batch", "training.learning-rate", "threads" })
            Assert.Single(derived, setting => setting.Name == name);
        Assert.Equal(recipe.Model.Layers, Derivation.ToSpec(recipe.Model, 300).Stack.Blocks.Length);
    }

    [Fact]
    public void Larger_sizes_are_larger_and_learn_more_slowly()
    {
        Recipe[] recipes = [.. Enum.GetValues<ModelSize>().Select(size => Derivation.Resolve(new() { Model = new() { Size = size } }).Recipe)];
        for (int i = 1; i < recipes.Length; i++)
        {
            Assert.True(Parameters(recipes[i]) > 2 * Parameters(recipes[i - 1]));
            Assert.True(recipes[i].Training.LearningRate < recipes[i - 1].Training.LearningRate);
        }

        static long Parameters(Recipe recipe) => ModelParameters.Enumerate(Derivation.ToSpec(recipe.Model, 4096)).Sum(p => p.Count);
    }

    [Fact]
    public void Given_values_are_kept_and_not_reported_as_derived()
    {
        (Recipe recipe, IReadOnlyList<DerivedSetting> derived) = Derivation.Resolve(new()
        {
            Threads = 3,
            Model = new() { Layers = 5, Heads = 2, Width = 64, Architecture = "gpt2" },
            Training = new() { Batch = 7, LearningRate = 0.5 },
        });
        Assert.Equal((3, 5, 256, 7, 0.5), (recipe.Threads, recipe.Model.Layers, recipe.Model.Inner, recipe.Training.Batch, recipe.Training.LearningRate));
        Assert.DoesNotContain(derived, setting => setting.Name is "threads" or "model.layers" or "training.batch" or "training.learning-rate");
    }

    [Fact]
    public void A_resolved_recipe_derives_nothing_more()
    {
        var log = new List<DerivedSetting>();
        Recipe recipe = Derivation.WithSteps(Derivation.Resolve(new()).Recipe, 100, "test", log);
        log.Clear();
        Assert.Equal(recipe, Derivation.WithSteps(Derivation.Resolve(recipe).Recipe, 100, "test", log));
        Assert.Empty(log);
        Assert.Empty(Derivation.Resolve(recipe).Derived);
    }

    [Fact]
    public void An_impossible_model_is_refused_by_key() =>
        Assert.Contains("model.heads 5", Assert.Throws<InvalidDataException>(() =>
            Derivation.ToSpec(Derivation.Resolve(new() { Model = new() { Heads = 5 } }).Recipe.Model, 300)).Message, StringComparison.Ordinal);
}
