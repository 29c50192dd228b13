using System.Text.Json;

using Weft.Data;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Tokens;

/// <summary>Labels of words: from files to the exported model.</summary>
public class TaggedRunTests
{
    /// <summary>Sums of fp32 in another order, of numbers of unit size.</summary>
    private const double Tolerance = 2e-5;

    /// <summary>The engine and torch sum in different orders; logits are of unit size.</summary>
    private const double LogitTolerance = 1e-4;

    /// <summary>A name is told by its own words; half of the words are none.</summary>
    private const double Learnt = 0.9;

    private static readonly Dictionary<string, int> Labels = new() { ["B-PER"] = 0, ["I-PER"] = 1, ["O"] = 2 };

    [Fact]
    public void The_first_token_of_a_word_has_its_tag()
    {
        // Letters are tokens: [CLS] a b _ c _ d e f [SEP].
        Tokenizer letters = CharacterTokenizerTrainer.Train(["abcdef "], ["[PAD]", "[CLS]", "[SEP]", "[MASK]"]).Surrounding("[CLS]", "[SEP]");
        var sentence = new TaggedSentence(["ab", "c", "def"], ["B-PER", "I-PER", "O"], "file#1");
        EncodedRow row = TaggedRows.Encode(sentence, letters, 10, Labels);
        Assert.Equal([1, 4, 6], row.Labels.Places!);
        Assert.Equal([0, 1, 2], row.Labels.Labels);
        Assert.Equal("has 10 tokens, more than model.context 9; raise that, or cut the sentence in two", TaggedRows.Encode(sentence, letters, 9, Labels).Bad!.Problem);
        // Byte-level tokens hold the blank before a word, or are that blank alone, which is no part of it.
        Tokenizer bytes = ByteLevelBpeTrainer.Train(Enumerable.Repeat("ab ab ab", 9), new() { VocabularySize = 262, SpecialTokens = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"] }).Surrounding("[CLS]", "[SEP]");
        EncodedText text = bytes.Encode("ab ab 嗨");
        row = TaggedRows.Encode(new(["ab", "ab", "嗨"], ["B-PER", "I-PER", "O"], "file#1"), bytes, 20, Labels);
        Assert.Equal(text.Ids, row.Ids);
        Assert.Equal([1, 2, 4], row.Labels.Places!);
    }

    [Fact]
    public void A_word_without_a_token_is_a_bad_row()
    {
        using var folder = new TemporaryFolder();
        RandomModels.Write(folder.File("source"), "distilbert", "the cat");
        Tokenizer tokenizer = Tokenizer.Load(folder.File("source"));
        var sentence = new TaggedSentence(["the", "\u00AD", "cat"], ["O", "O", "O"], "file#1");
        // BERT's normalizer takes soft hyphens out.
        Assert.Equal(tokenizer.Encode("").Ids, tokenizer.Encode("\u00AD").Ids);
        Assert.Contains("which the tokenizer makes no token of its own of", TaggedRows.Encode(sentence, tokenizer, 20, Labels).Bad!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_and_scores_are_those_of_their_formulas_in_fp64()
    {
        ModelSpec spec = Derivation.ToSpec(Derivation.Resolve(new()
        {
            Model = new() { Architecture = "bert", Layers = 2, Width = 24, Heads = 4, Context = 24 },
            Task = new() { Kind = TaskKind.Tokens, Labels = ["B-PER", "I-PER", "O"] },
        }).Recipe, 31);
        using TrainableModel model = SampleInput.RandomModel(spec).Model;
        var random = new Random(5);
        Example[] rows = [.. new[] { 9, 24, 4, 6 }.Select(length => new Example([.. Enumerable.Range(0, length).Select(_ => (long)random.Next(31))],
            [TrainingBatch.Ignored, .. Enumerable.Range(1, length - 1).Select(_ => random.Next(3) == 0 ? TrainingBatch.Ignored : random.Next(3))]))];
        var options = new LabelLossOptions(LabelKind.EachWord, 3) { Names = ["B-PER", "I-PER", "O"] };
        double expected = 0;
        long right = 0, words = 0;
        var entities = new EntityScores(options.Names);
        foreach (Example row in rows)
        {
            float[] logits = new float[row.Ids.Length * 3];
            model.ComputeOutputs(new([.. row.Ids.Select(id => (int)id)]), logits);
            int[] places = [.. Enumerable.Range(0, row.Ids.Length).Where(t => row.Targets[t] != TrainingBatch.Ignored)];
            int[] predicted = [.. places.Select(t => logits.AsSpan(t * 3, 3).ToArray().Index().MaxBy(logit => logit.Item).Index)], actual = [.. places.Select(t => (int)row.Targets[t])];
            expected += places.Sum(t => PlainLoss.Of(logits.AsSpan(t * 3, 3), (int)row.Targets[t]));
            right += predicted.Zip(actual).Count(pair => pair.First == pair.Second);
            words += places.Length;
            entities.Add(predicted, actual);
        }
        foreach (TrainingBatch batch in new[] { Lay(Arrangement.Padded, rows.Select(row => new[] { row })), Lay(Arrangement.Packed, [[rows[1]], [rows[0], rows[2], rows[3]]]) })
        {
            LabelScores scores = options.NewScores();
            Assert.Equal(expected, LabelLoss.Loss(model, batch, Precision.Float32, options, scores), Tolerance * expected);
            Assert.Equal((words, right), (scores.Rows, scores.Exact));
            // The same parts whatever the layout: neighbours in a row are other sentences.
            Assert.Equal((entities.Predicted, entities.Actual), (scores.Entities!.Predicted, scores.Entities.Actual));
            Assert.Equal(entities.Right, scores.Entities.Right);
            Assert.Equal(expected, LabelLoss.ForwardBackward(model, batch, Precision.Float32, 1.0 / words, options), Tolerance * expected);
        }
        Assert.True(entities.Actual > 3 && entities.Predicted > 3, $"{entities.Actual}, {entities.Predicted}");
    }

    [Theory]
    [InlineData(PackingKind.Padded, "columns")]
    [InlineData(PackingKind.Documents, "lists")]
    public void Names_are_learnt_and_the_engine_finds_them(PackingKind packing, string form)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, form);
        RunResult result = Start(recipe with { Training = recipe.Training with { Objective = new() { Packing = packing }, Batch = packing == PackingKind.Documents ? 4 : 16 } }, folder.File("run"), out RunWatcher watcher);
        Assert.True(result.Test.Labels!.Entities!.F1 >= Learnt, $"{result.Test.Labels}");
        Assert.Contains(watcher.Lines, line => line.StartsWith("loss ", StringComparison.Ordinal) && line.Contains(", entity F1 ", StringComparison.Ordinal) && line.EndsWith(" words", StringComparison.Ordinal));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "config.json")));
        Assert.Equal("BertForTokenClassification", config.RootElement.GetProperty("architectures")[0].GetString());
        using Checkpoint checkpoint = Checkpoint.Open(result.Folder.ModelFolder);
        Assert.Equal(["B-LOC", "B-PER", "I-PER", "O"], checkpoint.Labels);
        // The first held-out sentence, in both runtimes.
        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        float[] logits = new float[result.Reference.Logits.Length];
        engine.Model.ComputeOutputs(new(result.Reference.Ids), logits);
        for (int i = 0; i < logits.Length; i++)
            Assert.Equal(result.Reference.Logits[i], logits[i], LogitTolerance);
        HeldOutRow row = HeldOutRow.Of(result.Recipe, result.Folder, 1)[0];
        Assert.Equal(engine.Tokenizer.Decode(row.Ids).Trim().Split(' ').Length, row.Label.Split(' ').Length);
    }

    [Fact]
    public void A_stopped_run_goes_on_to_the_bits_of_an_unbroken_one()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "columns");
        recipe = recipe with { Training = recipe.Training with { Steps = 12, SaveEvery = 5, Dropout = 0.1, Best = "accuracy" } };
        RunResult whole = Start(recipe, folder.File("whole"), out _);
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = step => { if (step.Step == 7) stop.Cancel(); } }, stop.Token));
        File.Delete(folder.File("train.conll"));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder.ModelFolder, "model.safetensors")), File.ReadAllBytes(Path.Combine(broken.ModelFolder, "model.safetensors")));
    }

    [Fact]
    public void Tags_that_training_has_not_and_tags_that_are_no_IOB2_are_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.conll"), "Ada B-PER\nwrote O\n\nBo I-PER\n");
        File.WriteAllText(folder.File("b.conll"), "Oslo B-LOC\nis O\n\nAda B-PER\n");
        var task = new TaskRecipe { Kind = TaskKind.Tokens, Files = [folder.File("a.conll")], Validation = [folder.File("b.conll")] };
        Assert.Contains($"1 of 4 rows cannot be used: {folder.File("b.conll")}#1 has the tag 'B-LOC', which no training sentence has", Assert.Throws<InvalidDataException>(() => Begin(task, out _)).Message, StringComparison.Ordinal);
        TaggedRows rows = Begin(task with { BadRows = BadRows.Skip }, out RunWatcher watcher);
        Assert.Equal((2, 1), (rows.Splits[0].Count, rows.Splits[1].Count));
        Assert.Contains("1 sentences have a tag I-… that follows no tag of its kind; of entities that begin so, none is counted", watcher.Lines);
        File.WriteAllText(folder.File("a.conll"), "Ada NOUN\nwrote VERB\n");
        Begin(task with { Validation = task.Files }, out watcher);
        Assert.Contains("the tags are not those of IOB2 (B-…, I-…, O), so that no entities are counted", watcher.Lines);
        File.WriteAllText(folder.File("a.conll"), "Ada O\nwrote O\n");
        Assert.Contains("all training words of", Assert.Throws<InvalidDataException>(() => Begin(task with { Validation = task.Files }, out _)).Message, StringComparison.Ordinal);
    }

    private static TaggedRows Begin(TaskRecipe task, out RunWatcher watcher)
    {
        watcher = new();
        return (TaggedRows)TaskRows.Begin(new() { Task = task }, watcher, CancellationToken.None).Rows!;
    }

    private static RunResult Start(Recipe recipe, string folder, out RunWatcher watcher)
    {
        watcher = new();
        return TrainingRun.Start(recipe, new(folder), watcher, CancellationToken.None)!;
    }

    /// <summary>300 sentences with a person of one or two words, a place, or neither.</summary>
    private static Recipe Of(TemporaryFolder folder, string form)
    {
        string[] first = ["Ada", "Bo", "Cleo", "Dag"], last = ["Lind", "Moe", "Ness"], places = ["Oslo", "Rome", "Lima"], verbs = ["saw", "met", "liked"], things = ["trees", "cats", "rain"];
        (string Word, string Tag)[][] sentences = [.. Enumerable.Range(0, 300).Select(i =>
        {
            (string, string)[] person = i % 3 == 0 ? [(first[i % 4], "B-PER")] : [(first[i % 4], "B-PER"), (last[i / 4 % 3], "I-PER")];
            return i % 5 == 0 ? [(things[i % 3], "O"), ($"{i}", "O"), ("fell", "O")]
                : ((string, string)[])[.. person, (verbs[i / 2 % 3], "O"), (i % 2 == 0 ? places[i / 3 % 3] : things[i / 7 % 3], i % 2 == 0 ? "B-LOC" : "O"), ($"{i}", "O")];
        })];
        string file = folder.File(form == "columns" ? "train.conll" : "train.jsonl");
        File.WriteAllLines(file, form == "columns"
            ? sentences.SelectMany(sentence => sentence.Select(word => $"{word.Word} _ {word.Tag}").Append(""))
            : sentences.Select(sentence => JsonSerializer.Serialize(new { tokens = sentence.Select(word => word.Word), tags = sentence.Select(word => word.Tag) })));
        return new()
        {
            Seed = 3,
            Threads = 1,
            Task = new() { Kind = TaskKind.Tokens, Files = [file] },
            Tokenizer = new() { Vocabulary = 320 },
            Model = new() { Architecture = "bert", Layers = 1, Width = 32, Heads = 2, Context = 24 },
            Training = new() { Steps = 60, Batch = 16, LearningRate = 5e-3, Precision = Precision.Float32, EvaluateEvery = 20 },
        };
    }

    private static TrainingBatch Lay(Arrangement arrangement, IEnumerable<Example[]> rows) => new RowLayout(arrangement, 1).Lay([.. rows], new(24, 0));
}
