using Weft.Data;
using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Contamination;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>Rows that stand in the text which a model was trained on.</summary>
public sealed class ContaminationTests
{
    private const string Thirteen = "one two three four five six seven eight nine ten eleven twelve thirteen";

    [Theory]
    [InlineData(Thirteen, true)]
    [InlineData("So: “One, two; three - FOUR five (six) seven eight\nnine ten eleven twelve\tthirteen!” it said", true)]
    [InlineData("one two three four five six seven eight nine ten eleven twelve fourteen", false)]
    [InlineData("two three four five six seven eight nine ten eleven twelve thirteen", false)]
    [InlineData("one two three four five six seven eight nine ten eleven twelve x thirteen", false)]
    public void A_row_was_seen_when_thirteen_of_its_words_were(string text, bool seen)
    {
        var search = new ContaminationSearch(["zero " + Thirteen + " fourteen fifteen", "something else that is not there at all, whatever one may look for in it"]);
        search.Read("Before it. " + text + " After it.");
        Assert.Equal([seen, false], search.Seen);
    }

    [Fact]
    public void Short_rows_count_as_a_whole_and_very_short_ones_not_at_all()
    {
        var search = new ContaminationSearch(["one two three four five six seven eight", "one two three four five six seven", "1 2 3 4 5 6 7 8 9"]);
        search.Read("one two three four five six");
        search.Read("seven eight 1 2 3 4 5 6 7 8");
        // The first goes on from one text to the next.
        Assert.Equal([true, false, false], search.Seen);
        Assert.Equal(1, search.TooShort);
    }

    [Fact]
    public void Ideographs_are_words()
    {
        var search = new ContaminationSearch(["今天天气很好我们去公园散步吧", "今天天气不好我们在家里看书吧"]);
        search.Read("他说：“今天天气很好，我们去公园散步吧！”");
        Assert.Equal([true, false], search.Seen);
    }

    [Fact]
    public void It_finds_what_a_plain_search_of_strings_finds()
    {
        var random = new Random(5);
        string[] words = [.. Enumerable.Range(0, 4000).Select(_ => ((char)('a' + random.Next(2))).ToString())];
        string text = string.Join(' ', words);
        string[] rows = [.. Enumerable.Range(0, 300).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(8, 17)).Select(_ => (char)('a' + random.Next(2)))))];
        var search = new ContaminationSearch(rows);
        foreach (string[] part in words.Chunk(17))
            search.Read(string.Join(' ', part));
        bool[] expected = [.. rows.Select(row => row.Split(' ') is var own && Enumerable.Range(0, Math.Max(1, own.Length - 12)).Any(first =>
            text.Contains(string.Join(' ', own.Skip(first).Take(13)), StringComparison.Ordinal)))];
        Assert.Contains(true, expected);
        Assert.Contains(false, expected);
        Assert.Equal(expected, search.Seen);
    }

    [Fact]
    public void Scores_stand_beside_those_without_the_rows_seen_in_shards_and_text()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        string tokenizer = Path.Combine(TestAssets.Require("models/tinystories-656k"), "tokenizer.json");
        EvaluationTask task = TaskCatalog.FindTask("arc_easy")!;
        string data = TestAssets.Require("datasets/eval");
        Question[] questions = [.. task.Read(Path.Combine(data, "arc_easy.first_half.jsonl.gz")).Take(20).Select(task.Ask)];
        string shard = folder.File("train.tokens");
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(tokenizer)));
        using (TokenShardWriter writer = TokenShardWriter.Create(shard, model.Generator.Tokenizer.VocabularySize, hash))
        {
            writer.Add(model.Generator.Tokenizer.EncodeToIds("A story. " + questions[3].Shot.Prompt + " " + questions[3].Shot.Answer), 1);
            writer.Complete();
        }
        File.WriteAllText(folder.File("more.txt"), $"Notes\n{questions[7].Shot.Prompt} {questions[7].Shot.Answer}\n");
        TaskResult Ask(string tokenizerFile) => new Evaluator(model.Ask(), new()
        {
            DataFolder = data,
            Limit = 20,
            TrainingTexts = TrainingTexts.Read([shard, folder.File("more.txt")], model.Generator.Tokenizer, tokenizerFile),
        }).Run(["arc_easy"]).Tasks[0];
        TaskResult result = Ask(tokenizer);
        Assert.Equal(["line 4", "line 8"], result.Seen!.Sources.Select(source => source[source.LastIndexOf("line", StringComparison.Ordinal)..]));
        double whole = result.Scores[0].Estimate.Value * 20, clean = result.Seen.CleanScores[0].Estimate.Value * 18;
        Assert.Equal(18, result.Seen.CleanScores[0].Estimate.Count);
        Assert.InRange(whole - clean, -1e-9, 2 + 1e-9);
        Assert.Equal(Math.Round(clean), clean, 1e-9);
        File.WriteAllText(folder.File("tokenizer.json"), "{}");
        Assert.Contains("was written with another tokenizer", Assert.Throws<InvalidDataException>(() => Ask(folder.File("tokenizer.json"))).Message, StringComparison.Ordinal);
    }
}
