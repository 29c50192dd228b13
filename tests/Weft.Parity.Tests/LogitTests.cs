using Weft.Inference;
using Weft.Model.Architectures;
using Weft.Training.Modules;

namespace Weft.Parity.Tests;

/// <summary>The managed engine against torch: one specification, one set of weights, the same logits.</summary>
public sealed class LogitTests
{
    private const int FewestSamples = 3;
    private const int PromptLength = 5;

    public static TheoryData<string, string> Samples => ParitySamples.All;

    public static TheoryData<string, string> Continuing => ParitySamples.Continuing;

    [Fact]
    public void Every_architecture_is_compared_on_several_specifications() => Assert.All(ArchitectureCatalogue.All, architecture =>
        Assert.True(ParitySamples.Of(architecture.ModelType).Length >= FewestSamples, $"add specifications of '{architecture.ModelType}' to ParitySamples"));

    [Theory]
    [MemberData(nameof(Samples))]
    public void Logits_of_a_whole_context_agree(string modelType, string sample)
    {
        using TrainableModel trained = RandomWeights.Model(ParitySamples.Spec(modelType, sample));
        using Transformer engine = Engine.Load(trained, modelType);
        Assert.Equal(trained.Spec, engine.Spec);
        int[] ids = ParitySamples.Ids(trained.Spec);
        Logits.AssertEqual(Logits.Of(trained, ids), Logits.Of(engine, ids), trained.Spec);
    }

    [Theory]
    [MemberData(nameof(Continuing))]
    public void Logits_through_the_cache_agree_with_a_full_forward(string modelType, string sample)
    {
        using TrainableModel trained = RandomWeights.Model(ParitySamples.Spec(modelType, sample));
        using Transformer engine = Engine.Load(trained, modelType);
        int vocabulary = trained.Spec.VocabularySize;
        int[] ids = ParitySamples.Ids(trained.Spec);
        float[] expected = Logits.Of(trained, ids);
        foreach (int prompt in (int[])[1, (ids.Length / 2) + 1])
            Logits.AssertEqual(expected.AsSpan((prompt - 1) * vocabulary), Logits.TokenByToken(engine, ids, prompt), trained.Spec);
    }

    [Theory]
    [MemberData(nameof(Continuing))]
    public void Greedy_continuations_of_a_prompt_are_the_same(string modelType, string sample)
    {
        using TrainableModel trained = RandomWeights.Model(ParitySamples.Spec(modelType, sample));
        using Transformer engine = Engine.Load(trained, modelType);
        int vocabulary = trained.Spec.VocabularySize;
        List<int> ids = [.. ParitySamples.Ids(trained.Spec)[..PromptLength]];
        KeyValueCache cache = Logits.Cache(engine, trained.Spec.ContextLength);
        float[] next = new float[vocabulary];
        engine.Forward(ids.ToArray(), cache, next);
        while (ids.Count < trained.Spec.ContextLength)
        {
            ids.Add(Logits.Greedy(next, vocabulary)[0]);
            engine.Forward([ids[^1]], cache, next);
        }
        // One causal pass says what torch would have taken after each prefix; the first id that differs is where they part.
        int[] expected = Logits.Greedy(Logits.Of(trained, ids.ToArray()), vocabulary);
        Assert.Equal(expected[(PromptLength - 1)..^1], ids[PromptLength..]);
    }
}
