using System.Text.Json;
using Weft.Cli.Scoring;
using Weft.Inference;
using Weft.Model.Spec;

namespace Weft.Cli.Tests.Scoring;

/// <summary><c>weft score</c> on random models.</summary>
public sealed class ScoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Both_ways_of_computing_give_the_same_bits()
    {
        RandomModel random = RandomModel.Llama(new());
        using Transformer model = random.Load();
        int[] ids = random.Ids(300);
        (int, double?, float[])[] Scores(long mostLogits) => [.. new SequenceScores(model, ids, mostLogits).Compute(Token)
            .Select(position => (position.Id, position.LogProbability, position.Logits.ToArray()))];
        long all = 300L * random.Spec.VocabularySize;
        (int Id, double? LogProbability, float[] Logits)[] whole = Scores(all), single = Scores(all - 1);
        Assert.Equal(ids, whole.Select(position => position.Id));
        Assert.Equal(whole.Select(position => position.Id), single.Select(position => position.Id));
        Assert.Equal(whole.Select(position => position.LogProbability), single.Select(position => position.LogProbability));
        Assert.Equal(whole.SelectMany(position => position.Logits), single.SelectMany(position => position.Logits));
    }

    [Fact]
    public void A_long_sequence_keeps_one_row_of_logits()
    {
        using Transformer model = RandomModel.Llama(new()).Load();
        ReadOnlyMemory<float>[] rows = [.. new SequenceScores(model, [1, 2, 3], mostLogits: 0).Compute(Token).Select(position => position.Logits)];
        Assert.True(rows[0].Span == rows[2].Span);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Scoring_ends_between_two_positions_when_cancelled(long mostLogits)
    {
        using Transformer model = RandomModel.Llama(new()).Load();
        using var cancellation = new CancellationTokenSource();
        using IEnumerator<PositionScore> positions = new SequenceScores(model, [1, 2, 3], mostLogits).Compute(cancellation.Token).GetEnumerator();
        Assert.True(positions.MoveNext());
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => positions.MoveNext());
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys()
    {
        using SavedModel model = SavedModel.Llama(withTokenizer: false);
        foreach (string[] options in new string[][] { ["--json"], ["--json", "--logits"] })
        {
            CommandRun run = CommandRun.Of(["score", model.Folder, "--ids", "5,6,7", .. options]);
            Assert.Equal(["positions"], CommandRun.Keys(run.Json));
            Assert.All(run.Json.GetProperty("positions").EnumerateArray(), position =>
                Assert.Equal(options.Length == 1 ? ["id", "logprob"] : ["id", "logprob", "logits"], CommandRun.Keys(position)));
            Assert.Equal("", run.Error);
        }
    }

    [Fact]
    public void A_log_probability_is_that_of_the_softmax_of_the_logits_before()
    {
        using SavedModel model = SavedModel.Llama(withTokenizer: false);
        JsonElement[] positions = [.. CommandRun.Of("score", model.Folder, "--ids", "5,6,7", "--json", "--logits").Json.GetProperty("positions").EnumerateArray()];
        Assert.Equal(JsonValueKind.Null, positions[0].GetProperty("logprob").ValueKind);
        for (int i = 1; i < positions.Length; i++)
        {
            double[] logits = [.. positions[i - 1].GetProperty("logits").EnumerateArray().Select(logit => (double)logit.GetSingle())];
            Assert.Equal(model.Model.Spec.VocabularySize, logits.Length);
            Assert.Equal(logits[5 + i] - Math.Log(logits.Sum(Math.Exp)), positions[i].GetProperty("logprob").GetDouble(), 1e-12);
        }
    }

    [Fact]
    public void Large_logits_do_not_overflow()
    {
        RandomModel random = RandomModel.Llama(new());
        float[] head = random.Weights[$"{ModelParameters.Head}.weight"];
        for (int i = 0; i < head.Length; i++)
            head[i] *= 1e6f;
        using SavedModel model = SavedModel.Save(random);
        double[] scores = [.. CommandRun.Of("score", model.Folder, "--ids", "5,6,7,8", "--json").Json.GetProperty("positions").EnumerateArray()
            .Skip(1).Select(position => position.GetProperty("logprob").GetDouble())];
        Assert.All(scores, score => Assert.InRange(score, -1e9, 0));
        Assert.Contains(scores, score => score < -1e4);
    }

    [Fact]
    public void Damaged_weights_are_named()
    {
        RandomModel random = RandomModel.Llama(new());
        random.Weights[$"{ModelParameters.FinalNorm}.weight"][3] = float.NaN;
        using SavedModel model = SavedModel.Save(random);
        // Nothing is drained before the first position is known to be sound.
        Assert.Equal("the model's logits at position 0 are not finite; its weights are damaged",
            CommandRun.Of("score", model.Folder, "--ids", "5,6", "--json").Refusal(Failure.Error));
    }

    [Fact]
    public void A_table_has_a_line_for_each_token_and_the_sum_goes_to_standard_error()
    {
        using SavedModel model = SavedModel.Llama();
        CommandRun run = CommandRun.Of("score", model.Folder, "--text", "a二\n");
        string[] lines = run.OutputOfSuccess().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("position       id   logprob     p  token", lines[0]);
        Assert.Matches(@"^       0 +\d+ +- +-  a$", lines[1]);
        Assert.Matches(@"^       1 +\d+ +-\d+\.\d{4} +\d+ %  二$", lines[2]);
        // A line break as a token stays on its line.
        Assert.Matches(@"^       2 +\d+ +-\d+\.\d{4} +\d+ %$", lines[3]);
        Assert.Equal(5, lines.Length);
        Assert.Matches(@"^2 scored tokens, log-probability -\d+\.\d{4}, perplexity \d+\.\d{3}\r?\n$", run.Error);
    }

    [Fact]
    public void Text_and_its_ids_score_the_same()
    {
        using SavedModel model = SavedModel.Llama();
        string ids = string.Join(',', "a二b".EnumerateRunes().Select(rune => SavedModel.Characters.EnumerateRunes().Order().ToList().IndexOf(rune)));
        Assert.Equal(
            CommandRun.Of("score", model.Folder, "--text", "a二b", "--json").OutputOfSuccess(),
            CommandRun.Of("score", model.Folder, "--ids", ids, "--json").OutputOfSuccess());
    }

    [Fact]
    public void A_sequence_of_exactly_the_context_fits()
    {
        using SavedModel model = SavedModel.Llama(new() { Context = 20 });
        string Ids(int count) => string.Join(',', Enumerable.Range(0, count));
        Assert.Equal(20, CommandRun.Of("score", model.Folder, "--ids", Ids(20), "--json").Json.GetProperty("positions").GetArrayLength());
        Assert.Equal("21 tokens do not fit the model's context of 20; score a shorter text",
            CommandRun.Of("score", model.Folder, "--ids", Ids(21), "--json").Refusal(Failure.Usage));
    }

    [Fact]
    public void A_text_without_tokens_is_refused()
    {
        using SavedModel model = SavedModel.Llama();
        Assert.Equal("the text gives no tokens; score a text that is not empty", CommandRun.Of("score", model.Folder, "--text", "").Refusal(Failure.Usage));
    }

    [Fact]
    public void Pinned_threads_score_the_same_and_no_more_than_there_are_cores()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using SavedModel saved = SavedModel.Llama();
        Assert.Equal(CommandRun.Of("score", saved.Folder, "--ids", "1,2,3").OutputOfSuccess(), CommandRun.Of("score", saved.Folder, "--ids", "1,2,3", "--pin").OutputOfSuccess());
        Assert.Contains("Threads is 1024", CommandRun.Of("score", saved.Folder, "--ids", "1,2,3", "--pin", "--threads", "1024").Refusal(Failure.Usage), StringComparison.Ordinal);
    }
}
