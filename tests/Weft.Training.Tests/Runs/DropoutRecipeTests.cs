using Weft.Training.Runs;
using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Tests.Runs;

public class DropoutRecipeTests
{
    [Fact]
    public void It_is_off_and_comes_out_as_written()
    {
        Assert.Equal(0, Plan(Read("{}")).Dropout);
        Assert.Equal(0.2, Plan(Read("{ dropout: 0.2 }")).Dropout);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-0.1")]
    [InlineData(".nan")]
    public void Impossible_probabilities_are_refused_with_key_value_and_remedy(string value)
    {
        string shown = value == ".nan" ? "NaN" : value;
        Assert.Equal($"training.dropout is {shown}; give a probability from 0 to below 1, such as 0.1",
            Assert.Throws<InvalidDataException>(() => RecipeCheck.Check(Read($"{{ dropout: {value} }}"))).Message);
    }

    [Fact]
    public void It_belongs_to_the_identity_of_a_run_that_has_it()
    {
        Assert.DoesNotContain("dropout", RunIdentity.TextOf(Read("{}")), StringComparison.Ordinal);
        Assert.NotEqual(RunIdentity.TextOf(Read("{ dropout: 0.1 }")), RunIdentity.TextOf(Read("{ dropout: 0.2 }")));
        Assert.NotEqual(RunIdentity.TextOf(Read("{ dropout: 0.1 }")), RunIdentity.TextOf(Read("{}")));
    }

    private static TrainingPlan Plan(Recipe recipe) => Derivation.ToPlan(Derivation.Resolve(recipe).Recipe);

    private static Recipe Read(string training)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("r.yaml"), $"training: {training}");
        Recipe recipe = RecipeFile.Read(folder.File("r.yaml"));
        return recipe with { Training = recipe.Training with { Steps = 100 } };
    }
}
