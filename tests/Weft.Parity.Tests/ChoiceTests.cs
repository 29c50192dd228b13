using Weft.Inference;
using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Parity.Tests;

/// <summary>Over every closed choice of a specification: both runtimes compute it alike, or both refuse it by name.</summary>
public sealed class ChoiceTests
{
    public static TheoryData<string> Choices => [.. ClosedChoices.All.Select(choice => choice.Name)];

    [Theory]
    [MemberData(nameof(Choices))]
    public void Both_runtimes_compute_a_choice_alike_or_both_refuse_it(string name)
    {
        Choice choice = ClosedChoices.All.Single(choice => choice.Name == name);
        (Architecture architecture, ModelSpec spec) = ClosedChoices.Express(choice);
        int[] ids = ParitySamples.Ids(spec);
        Attempt torch = Attempt.Run("torch", () =>
        {
            using TrainableModel model = RandomWeights.Model(spec);
            return Logits.Of(model, ids);
        });
        Attempt managed = Attempt.Run("the engine", () =>
        {
            using Transformer engine = Engine.Load(architecture, spec, RandomWeights.Draw);
            Assert.Equal(spec, engine.Spec);
            return Logits.Of(engine, ids);
        });
        string? disagreement = Attempt.Disagreement(choice, torch, managed);
        Assert.True(disagreement is null, disagreement);
        if (torch.Logits is not null)
            Logits.AssertEqual(torch.Logits, managed.Logits, spec);
    }

    [Fact]
    public void Every_hierarchy_has_a_place_and_every_case_a_choice()
    {
        string[] unplaced = [.. ClosedChoices.Hierarchies.Except(ClosedChoices.PlacedHierarchies).Select(type => type.Name)];
        Assert.True(unplaced.Length == 0, $"say in {nameof(ClosedChoices)} which place of a specification is filled by {string.Join(", ", unplaced)}");
        Type[] cases = [.. ClosedChoices.Hierarchies.SelectMany(ClosedChoices.CasesOf)];
        string[] missing = [.. cases.Except(ClosedChoices.All.Select(choice => choice.Case)).Select(type => type.Name)];
        Assert.True(missing.Length == 0, $"the specification has room nowhere for {string.Join(", ", missing)}");
        Assert.Contains(typeof(PositionSpec.Rotary), cases);
        foreach (Type values in typeof(ModelSpec).Assembly.GetExportedTypes().Where(type => type.IsEnum && type.Namespace == typeof(ModelSpec).Namespace))
            Assert.True(Enum.GetValues(values).Length == ClosedChoices.All.SelectMany(choice => choice.Discrete).Where(value => value?.GetType() == values).Distinct().Count(),
                $"say in {nameof(ClosedChoices)} which place of a specification is filled by {values.Name}");
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("norm placement Post is unknown", "no Post here", null)]
    [InlineData("norm placement Post is unknown", null, "torch lacks 'norm placement: Post', which the engine computes: norm placement Post is unknown")]
    [InlineData(null, "no Post here", "the engine lacks 'norm placement: Post', which torch computes: no Post here")]
    [InlineData("unknown", "no Post here", "torch refuses 'norm placement: Post' without naming it: unknown")]
    public void A_runtime_that_lacks_a_choice_is_named(string? torchRefusal, string? engineRefusal, string? expected)
    {
        Choice choice = ClosedChoices.All.Single(choice => choice.Name == "norm placement: Post");
        Attempt Make(string runtime, string? refusal) => Attempt.Run(runtime, () => refusal is null ? [] : throw new NotSupportedException(refusal));
        Assert.Equal(expected, Attempt.Disagreement(choice, Make("torch", torchRefusal), Make("the engine", engineRefusal)));
    }

    /// <summary>What a runtime makes of a specification: logits, or the message of its refusal.</summary>
    private sealed record Attempt(string Runtime, float[]? Logits, string? Refusal)
    {
        public static Attempt Run(string runtime, Func<float[]> compute)
        {
            try
            {
                return new(runtime, compute(), null);
            }
            catch (NotSupportedException e)
            {
                return new(runtime, null, e.Message);
            }
        }

        /// <summary>Which runtime lacks the choice or refuses it namelessly; null where they are at one.</summary>
        public static string? Disagreement(Choice choice, Attempt first, Attempt second)
        {
            foreach ((Attempt one, Attempt other) in new[] { (first, second), (second, first) })
            {
                if (one.Refusal is null)
                    continue;
                if (other.Refusal is null)
                    return $"{one.Runtime} lacks '{choice.Name}', which {other.Runtime} computes: {one.Refusal}";
                if (!choice.Words.Any(word => one.Refusal.Contains(word, StringComparison.Ordinal)))
                    return $"{one.Runtime} refuses '{choice.Name}' without naming it: {one.Refusal}";
            }
            return null;
        }
    }
}
