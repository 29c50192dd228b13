using System.Text.Json;

namespace Weft.Cli.Tests.Metrics;

/// <summary><c>weft metric</c> on files.</summary>
public sealed class MetricTests : IDisposable
{
    private const double LastBits = 1e-12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bleu_prints_sacrebleus_line_and_what_it_is_made_of()
    {
        string hypotheses = Write("hyp.txt", "The dog bit the man.\nIt wasn't surprising.\nThe man had just bitten him.\n");
        string first = Write("a.txt", "The dog bit the man.\nIt was not unexpected.\nThe man bit him first.\n"), second = Write("b.txt", "The dog had bit the man.\nNo one was surprised.\nThe man had bitten the dog.");
        string[] files = ["metric", "bleu", "--hypotheses", hypotheses, "--references", first, second];
        const string line = "BLEU|nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0 = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)";
        Assert.Equal(line + Environment.NewLine, CommandRun.Of(files).OutputOfSuccess());
        JsonElement json = CommandRun.Of([.. files, "--json"]).Json;
        Assert.Equal(48.53082667, json.GetProperty("score").GetDouble(), 1e-6);
        Assert.Equal(line, json.GetProperty("text").GetString());
        Assert.Equal("[14,7,5,3]", json.GetProperty("counts").GetRawText());
        Assert.Equal("[17,14,11,8]", json.GetProperty("totals").GetRawText());
        Assert.Equal(["score", "metric", "signature", "text", "bp", "ratio", "hyp_len", "ref_len", "precisions", "counts", "totals"], CommandRun.Keys(json));
        JsonElement sentences = CommandRun.Of([.. files, "--json", "--sentence-level", "--tokenize", "intl"]).Json;
        Assert.Equal("nrefs:2|case:mixed|eff:yes|tok:intl|smooth:exp|version:2.6.0", sentences.GetProperty("sentence_signature").GetString());
        Assert.Equal(3, sentences.GetProperty("sentences").GetArrayLength());
        Assert.Equal(100, sentences.GetProperty("sentences")[0].GetProperty("score").GetDouble(), LastBits * 100);
        string[] lines = CommandRun.Of([.. files, "--sentence-level", "--width", "1", "--references", first]).OutputOfSuccess().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("BLEU|nrefs:3|case:mixed|eff:yes|tok:13a|smooth:exp|version:2.6.0 = 100.0 ", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_is_compared_by_drawing_texts()
    {
        string reference = Write("r.txt", string.Concat(Enumerable.Range(0, 30).Select(i => $"a b c d e {i} f g h\n")));
        string good = Write("g.txt", File.ReadAllText(reference).Replace(" f ", " x ", StringComparison.Ordinal)), bad = Write("b.txt", File.ReadAllText(reference).Replace(" d ", " x y ", StringComparison.Ordinal));
        string[] files = ["metric", "bleu", "--hypotheses", good, "--references", reference, "--baseline", bad];
        JsonElement baseline = CommandRun.Of([.. files, "--bootstrap", "99", "--seed", "3", "--json"]).Json.GetProperty("baseline");
        Assert.Equal(0.01, baseline.GetProperty("p").GetDouble(), LastBits);
        Assert.Contains($"{Environment.NewLine}baseline = ", CommandRun.Of(files).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Equal($"--hypotheses has 30 lines, but '{Write("one.txt", "a\n")}' has 1; give outputs for the same lines",
            CommandRun.Of([.. files[..^1], _folder.File("one.txt")]).Refusal(Failure.Error));
        Assert.Equal("--bootstrap and --seed need --baseline: a difference needs two systems", CommandRun.Of([.. files[..^2], "--bootstrap", "9"]).Refusal(Failure.Usage));
    }

    [Theory]
    [InlineData("nrefs:1|case:lc|eff:yes|tok:zh|smooth:floor[0.50]|version:2.6.0", "bleu", "--lowercase", "--effective-order", "--tokenize", "zh", "--smooth-method", "floor", "--smooth-value", "0.5")]
    [InlineData("nrefs:1|case:mixed|eff:no|tok:char|smooth:add-k[1.00]|version:2.6.0", "bleu", "--tokenize", "char", "--smooth-method", "add-k")]
    [InlineData("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0", "chrf")]
    [InlineData("nrefs:1|case:lc|eff:no|nc:4|nw:2|space:yes|version:2.6.0", "chrf", "--lowercase", "--eps-smoothing", "--char-order", "4", "--word-order", "2", "--whitespace")]
    [InlineData("nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0", "ter")]
    [InlineData("nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes|version:2.6.0", "ter", "--normalized", "--no-punct", "--asian-support", "--case-sensitive")]
    public void Signatures_say_what_was_chosen(string signature, string metric, params string[] options)
    {
        string file = Write("a.txt", "a b c d e\n");
        JsonElement json = CommandRun.Of(["metric", metric, "--hypotheses", file, "--references", file, .. options, "--json"]).Json;
        Assert.Equal(signature, json.GetProperty("signature").GetString());
        Assert.Equal(metric == "ter" ? 0 : 100, json.GetProperty("score").GetDouble(), LastBits * 100);
    }

    [Fact]
    public void Rouge_takes_the_lines_of_a_json_text_as_sentences()
    {
        string hypotheses = Write("h.jsonl", "\"w1 w2 w6 w7 w8\\nw1 w3 w8 w9 w5\"\n"), references = Write("r.jsonl", "\"w1 w2 w3 w4 w5\"\n");
        JsonElement json = CommandRun.Of("metric", "rouge", "--hypotheses", hypotheses, "--references", references, "--json").Json;
        Assert.Equal(["score", "rouge1", "rouge2", "rougeL", "rougeLsum"], CommandRun.Keys(json));
        Assert.Equal(0.8, json.GetProperty("rougeLsum").GetProperty("recall").GetDouble(), LastBits);
        Assert.Equal(0.4, json.GetProperty("rougeLsum").GetProperty("precision").GetDouble(), LastBits);
        Assert.Equal("rougeLsum  precision 0.4000  recall 0.8000  F 0.5333" + Environment.NewLine,
            CommandRun.Of("metric", "rouge", "--hypotheses", hypotheses, "--references", references, "--types", "rougeLsum", "--stemmer").OutputOfSuccess());
    }

    [Fact]
    public void Squad_reads_its_own_files()
    {
        string answers = Write("a.json", "{\"data\":[{\"paragraphs\":[{\"qas\":[{\"id\":\"x\",\"answers\":[{\"text\":\"Denver Broncos\"}]},{\"id\":\"y\",\"answers\":[{\"text\":\"gold\"}]}]}]}]}");
        string predictions = Write("p.json", "{\"x\":\"the Denver broncos.\"}");
        CommandRun run = CommandRun.Of("metric", "squad", "--predictions", predictions, "--answers", answers, "--json");
        Assert.Equal("{\"score\":50,\"exact_match\":50,\"f1\":50,\"total\":2,\"missing\":1}", run.Json.GetRawText());
        Assert.Equal($"warning: 1 of 2 questions have no prediction and score 0{Environment.NewLine}", run.Error);
        Assert.Equal("question 'y' has no prediction; predict an empty text where there is no answer",
            CommandRun.Of("metric", "squad", "--predictions", predictions, "--answers", answers, "--rules", "2.0").Refusal(Failure.Usage));
        string all = Write("q.json", "{\"x\":\"\",\"y\":\"gold\"}"), probabilities = Write("n.json", "{\"x\":0.9,\"y\":0.1}");
        JsonElement json = CommandRun.Of("metric", "squad", "--predictions", all, "--answers", answers, "--rules", "2.0", "--na-probs", probabilities, "--json").Json;
        Assert.Equal(50, json.GetProperty("HasAns_f1").GetDouble());
        Assert.Equal(0.1, json.GetProperty("best_f1_thresh").GetDouble());
    }

    [Fact]
    public void Labels_are_scored_by_name()
    {
        string predicted = Write("p.txt", "0\n2\n1\n0\n0\n1\n"), right = Write("r.txt", "0\n1\n2\n0\n1\n2\n");
        double Score(string name, params string[] options) =>
            CommandRun.Of(["metric", name, "--hypotheses", predicted, "--references", right, .. options, "--json"]).Json.GetProperty("score").GetDouble();
        Assert.Equal(1.0 / 3, Score("accuracy"), LastBits);
        Assert.Equal(2.0 / 9, Score("precision"), LastBits);
        Assert.Equal(1.0 / 3, Score("recall"), LastBits);
        Assert.Equal(0.8 / 3, Score("f1"), LastBits);
        Assert.Equal(1.0 / 3, Score("f1", "--average", "micro"), LastBits);
        Assert.Equal(0, Score("matthews"), LastBits);
        Assert.Equal(1, CommandRun.Of("metric", "matthews", "--hypotheses", right, "--references", right, "--json").Json.GetProperty("score").GetDouble(), LastBits);
        Assert.Equal("accuracy = 0.3333" + Environment.NewLine, CommandRun.Of("metric", "accuracy", "--hypotheses", predicted, "--references", right).OutputOfSuccess());
    }

    [Fact]
    public void Pass_at_k_counts_samples()
    {
        string file = Write("s.jsonl", string.Concat(Enumerable.Range(0, 4).Select(i => $"{{\"task_id\":\"{i % 2}\",\"passed\":{(i == 0 ? "true" : "false")}}}\n")));
        Assert.Equal("{\"score\":0.5,\"pass@2\":0.5,\"pass@1\":0.25,\"problems\":2,\"samples\":4}",
            CommandRun.Of("metric", "pass@k", "--results", file, "--k", "2,1", "--json").Json.GetRawText());
        Assert.Equal("pass@1 = 0.2500" + Environment.NewLine, CommandRun.Of("metric", "pass@k", "--results", file).OutputOfSuccess());
        Assert.Equal($"file '{file}': pass@3 needs 3 samples of each problem, but '0' has 2; draw more samples or use a smaller --k",
            CommandRun.Of("metric", "pass@k", "--results", file, "--k", "3").Refusal(Failure.Error));
    }

    [Fact]
    public void Bad_files_are_named()
    {
        string three = Write("three.txt", "a\nb\nc\n"), two = Write("two.txt", "a\nb\n"), empty = Write("empty.txt", ""), missing = _folder.File("missing.txt");
        string Refusal(string hypotheses, string references) => CommandRun.Of("metric", "bleu", "--hypotheses", hypotheses, "--references", references).Refusal(Failure.Error);
        Assert.Equal($"'{three}' has 3 lines, but '{two}' has 2; give one reference a line for each hypothesis", Refusal(three, two));
        Assert.Equal($"file '{empty}' is empty; give one text a line", Refusal(three, empty));
        Assert.Equal($"file '{missing}' does not exist; check the path", Refusal(missing, three));
    }

    [Theory]
    [InlineData("unknown command 'belu'; did you mean 'bleu'?", "belu")]
    [InlineData("unknown option '--tokenise' of 'weft metric bleu'; did you mean '--tokenize'?", "bleu", "--hypotheses", "a", "--references", "b", "--tokenise=13a")]
    [InlineData("option '--hypotheses' is missing; see 'weft metric chrf --help'", "chrf", "--references", "b")]
    [InlineData("--tokenize is '14a'; use 13a, intl, zh, char or none", "bleu", "--hypotheses", "a", "--references", "b", "--tokenize", "14a")]
    [InlineData("--smooth-value is given, but --smooth-method is exp, which has no value; use floor or add-k", "bleu", "--hypotheses", "a", "--references", "b", "--smooth-value", "1")]
    [InlineData("--smooth-value is 'x'; use 0 or more", "bleu", "--hypotheses", "a", "--references", "b", "--smooth-value", "x")]
    [InlineData("--types names 'rougel'; did you mean 'rougeL'?", "rouge", "--hypotheses", "a", "--references", "b", "--types", "rouge1,rougel")]
    [InlineData("chrF's orders are 0 of characters and 0 of words; use 0 or more, and 1 or more of one", "chrf", "--hypotheses", "a", "--references", "b", "--char-order", "0")]
    [InlineData("--k is '0'; use whole numbers, 1 or more, separated by commas", "pass@k", "--results", "a", "--k", "0")]
    [InlineData("--na-threshold needs --na-probs: without probabilities there is nothing to compare it with", "squad", "--predictions", "a", "--answers", "b", "--na-threshold", "0.5")]
    public void Wrong_words_are_named_with_a_remedy(string expected, params string[] args) =>
        Assert.Equal(expected, CommandRun.Of(["metric", .. args]).Refusal(Failure.Usage));

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return _folder.File(name);
    }
}
