using System.Text.Json.Nodes;

using CsCheck;

using Weft.Model;

namespace Weft.Inference.Tests;

/// <summary>Generation under a constraint against the plain loop that strikes out logits one by one.</summary>
public sealed class ConstraintTests
{
    private const int Vocabulary = 101;

    private static readonly RandomModel Random = RandomModel.Llama(new(Vocabulary: Vocabulary) { Context = 40 });

    private static readonly int[] Prompt = Random.Ids(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0f, 0, 1f, 0f)]
    [InlineData(1f, 0, 1f, 0f)]
    [InlineData(1.5f, 3, 0.9f, 0f)]
    [InlineData(2f, 0, 0.8f, 1.5f)]
    public void Every_way_of_choosing_chooses_among_the_allowed_ones(float temperature, int topK, float topP, float penalty)
    {
        // Another third of the vocabulary at each step.
        static bool IsAllowed(int step, int id) => (id + step) % 3 == 0;
        var constraint = new Steps(IsAllowed);
        using TextGenerator generator = Load();
        for (int seed = 0; seed < 5; seed++)
        {
            SamplingOptions sampling = new() { Temperature = temperature, TopK = topK, TopP = topP, FrequencyPenalty = penalty, Seed = (ulong)seed };
            GenerationOptions options = new() { MaximumTokens = 20, Sampling = sampling, Constraint = constraint };
            List<int> ids = [.. Prompt];
            var sampler = new Sampler(sampling);
            // The same options begin anew each time.
            GeneratedToken[][] texts = [[.. generator.Generate(Prompt, options, Token)], [.. generator.Generate(Prompt, options, Token)]];
            Assert.Equal(texts[0], texts[1]);
            for (int step = 0; step < texts[0].Length; step++)
            {
                float[] logits = new float[ids.Count * Vocabulary];
                generator.Model.ComputeLogits(ids.ToArray(), logits);
                float[] last = [.. logits[^Vocabulary..].Select((logit, id) => IsAllowed(step, id) ? logit : float.NegativeInfinity)];
                Assert.Equal(sampler.Sample(last), texts[0][step].Id);
                ids.Add(texts[0][step].Id);
            }
            Assert.Equal(20, texts[0].Length);
            Assert.Equal(StopReason.MaximumTokens, texts[0][^1].StopReason);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_token_that_ends_a_text_comes_only_where_it_may_end(bool isAmongTheAllowed)
    {
        const int End = 7;
        // After six tokens nothing else is left.
        var constraint = new Steps((step, id) => (isAmongTheAllowed || id != End) && step < 6) { MayEnd = step => step >= 6 };
        using TextGenerator generator = Load(End);
        for (int seed = 0; seed < 30; seed++)
        {
            GenerationOptions options = new() { Sampling = new() { Temperature = 50, Seed = (ulong)seed }, Constraint = constraint };
            GeneratedToken[] tokens = [.. generator.Generate(Prompt, options, Token)];
            Assert.Equal(7, tokens.Length);
            Assert.Equal(6, Array.FindIndex(tokens, token => token.Id == End));
            Assert.Equal(StopReason.EndOfText, tokens[^1].StopReason);
        }
    }

    [Fact]
    public void Where_no_token_ends_a_text_the_constraint_says_what_the_end_token_is()
    {
        const int End = 7;
        using TextGenerator generator = Load(End);
        var constraint = new Steps((step, id) => id == End) { MustEnd = step => step == 3 };
        GeneratedToken[] tokens = [.. generator.Generate(Prompt, new() { Constraint = constraint, StopAtEndOfText = false }, Token)];
        Assert.Equal([End, End, End], tokens.Select(token => token.Id));
        Assert.Equal(StopReason.Complete, tokens[^1].StopReason);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5)]
    public void Where_nothing_may_follow_the_generation_ends_with_the_token_before(int most)
    {
        using TextGenerator generator = Load();
        var constraint = new Steps((_, _) => true) { MayEnd = step => step == 5, MustEnd = step => step == 5 };
        GeneratedToken[] tokens = [.. generator.Generate(Prompt, new() { Constraint = constraint, MaximumTokens = most }, Token)];
        Assert.Equal(5, tokens.Length);
        Assert.Equal([null, null, null, null, StopReason.Complete], tokens.Select(token => token.StopReason));
    }

    [Fact]
    public void Where_nothing_is_allowed_the_constraint_is_to_blame()
    {
        using TextGenerator generator = Load();
        var constraint = new Steps((step, _) => step < 2);
        List<int> ids = [];
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => ids.AddRange(generator.Generate(Prompt, new() { Constraint = constraint }, Token).Select(token => token.Id)));
        Assert.Contains("as its constraint demands", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_beam_search_refuses_one()
    {
        using TextGenerator generator = Load();
        var constraint = new Steps((_, _) => true);
        Assert.Contains("Constraint", Assert.Throws<ArgumentException>(() => generator.Generate(Prompt, new() { Constraint = constraint, Beams = 2 }, Token)).Message, StringComparison.Ordinal);
        Assert.Contains("Constraint", Assert.Throws<ArgumentException>(() => generator.Search(Prompt, new() { Constraint = constraint }, Token)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mask_strikes_out_what_a_plain_loop_does() =>
        Gen.Select(Gen.Int[1, 300], Gen.ULong.Array[0, 6], Gen.Int[-2, 310].Array[0, 3], Gen.Bool).Sample((vocabulary, words, ends, mayEnd) =>
        {
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(id => id - 50f)];
            float[] expected = [.. logits.Select((logit, id) =>
                (ends.Contains(id) ? mayEnd : id / 64 < words.Length && ((words[id / 64] >> (id % 64)) & 1) != 0) ? logit : float.NegativeInfinity)];
            var state = new Words(words) { MayEnd = mayEnd };
            if (expected.All(float.IsNegativeInfinity))
                Assert.Throws<NotSupportedException>(() => ConstraintMask.Apply(logits, state, ends));
            else
            {
                ConstraintMask.Apply(logits, state, ends);
                Assert.Equal(expected, logits);
            }
        });

    private static TextGenerator Load(int? endOfTextId = null)
    {
        using var folder = new TemporaryFolder();
        Random.Save(folder.FullName);
        if (endOfTextId is int id)
            File.WriteAllText(folder.File("generation_config.json"), new JsonObject { ["eos_token_id"] = id }.ToJsonString());
        return TextGenerator.Load(folder.FullName, new() { Threads = 1 });
    }

    /// <summary>What is allowed depends on how many tokens there are.</summary>
    private sealed class Steps(Func<int, int, bool> isAllowed) : ITokenConstraint
    {
        public Func<int, bool> MayEnd { get; init; } = _ => false;

        public Func<int, bool> MustEnd { get; init; } = _ => false;

        public ITokenConstraintState Begin() => new State(this);

        private sealed class State(Steps steps) : ITokenConstraintState
        {
            private int _step;

            public bool MayEnd => steps.MayEnd(_step);

            public bool MustEnd => steps.MustEnd(_step);

            public ReadOnlySpan<ulong> GetAllowedIds()
            {
                ulong[] words = new ulong[2];
                for (int id = 0; id < Vocabulary; id++)
                    words[id / 64] |= steps.Allows(_step, id) ? 1UL << (id % 64) : 0;
                return words;
            }

            public void Accept(int id)
            {
                Assert.True(steps.Allows(_step, id));
                _step++;
            }
        }

        private bool Allows(int step, int id) => isAllowed(step, id);
    }

    private sealed class Words(ulong[] words) : ITokenConstraintState
    {
        public bool MayEnd { get; init; }

        public bool MustEnd => false;

        public ReadOnlySpan<ulong> GetAllowedIds() => words;

        public void Accept(int id) => Assert.Fail("nothing is chosen");
    }
}
