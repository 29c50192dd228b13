using Weft.Model.Checkpoints;
using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Tests.Runs.Checkpoints;

public class CheckpointFolderTests
{
    private static TrainingPlan Plan => SmallModels.Plan(12) with { SaveEvery = 2, Best = new(Metric.ValidationLoss) };

    [Fact]
    public void A_damaged_newest_state_is_named_and_the_one_before_leads_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession unbroken = new(folder, Plan);
        Assert.True(unbroken.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None));
        using (TrainingSession first = new(folder, Plan))
            first.RunTo(folder.File("b"), 7);
        string newest = CheckpointFolder.Newest(folder.File("b"))!;
        Flip(newest, new FileInfo(newest).Length / 2);

        using TrainingSession second = new(folder, Plan);
        List<string> warnings = [];
        using (var checkpoints = new CheckpointFolder(folder.File("b"), new("f", "", "", "")) { Warn = warnings.Add })
        {
            Assert.True(second.Trainer.Resume(checkpoints));
            Assert.Equal(6, second.Trainer.Step);
            Assert.Equal(6, second.Trainer.History.Count);
            Assert.Contains("step-000000007.safetensors: has changed since it was written", Assert.Single(warnings), StringComparison.Ordinal);
            Assert.True(second.Trainer.Run(checkpoints, null, CancellationToken.None));
        }
        Assert.Equal(unbroken.Losses, second.Losses);
        Assert.Equal(unbroken.WeightBits, second.WeightBits);
    }

    [Fact]
    public void Every_changed_byte_is_found()
    {
        using var folder = new TemporaryFolder();
        using (TrainingSession session = new(folder, Plan))
            session.RunTo(folder.File("a"), 3);
        string path = CheckpointFolder.Newest(folder.File("a"))!;
        CheckpointFile.Open(path).Dispose();
        byte[] whole = File.ReadAllBytes(path);
        // The header, where a byte may be a digit of a shape, more densely than the numbers.
        for (int at = 0; at < whole.Length; at += at < 8192 ? 41 : 4099)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            File.WriteAllBytes(folder.File("changed"), changed);
            Assert.Throws<CheckpointException>(() => CheckpointFile.Open(folder.File("changed")).Dispose());
        }
        for (int length = 0; length < whole.Length; length += 9973)
        {
            File.WriteAllBytes(folder.File("cut"), whole[..length]);
            Assert.Throws<CheckpointException>(() => CheckpointFile.Open(folder.File("cut")).Dispose());
        }
    }

    [Fact]
    public void When_all_states_are_damaged_the_run_does_not_begin_anew_by_itself()
    {
        using var folder = new TemporaryFolder();
        using (TrainingSession first = new(folder, Plan))
            first.RunTo(folder.File("a"), 5);
        foreach (string state in Directory.GetFiles(folder.File("a"), "step-*"))
            Flip(state, new FileInfo(state).Length - 1);
        using TrainingSession second = new(folder, Plan);
        Assert.Contains("all of its 2 checkpoint(s) are damaged", Assert.Throws<CheckpointException>(() => second.Trainer.Resume(folder.File("a"), "f")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_newest_states_are_kept_and_the_best_weights_that_they_name(int keep)
    {
        using var folder = new TemporaryFolder();
        using TrainingSession session = new(folder, Plan with { EvaluateEvery = 1 });
        using var checkpoints = new CheckpointFolder(folder.File("a"), new("f", "", "", "")) { Keep = keep };
        Assert.True(session.Trainer.Run(checkpoints, null, CancellationToken.None));
        Assert.Equal(Enumerable.Range(0, keep).Select(i => $"step-{12 - (2 * i):D9}.safetensors").Reverse(), Names(folder.File("a"), "step-*"));
        string[] named = [.. Directory.GetFiles(folder.File("a"), "step-*").Select(state => $"best-{RunProgress.TryPeek(state)!.Best!.Step:D9}.safetensors").Distinct().Order()];
        Assert.Equal(named, Names(folder.File("a"), "best-*"));
    }

    [Fact]
    public void A_history_longer_than_the_state_is_cut_and_a_lost_one_begins_anew()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession unbroken = new(folder, Plan);
        unbroken.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None);
        using (TrainingSession first = new(folder, Plan))
            first.RunTo(folder.File("b"), 5);
        // As after a kill in the middle of a record.
        File.AppendAllBytes(Path.Combine(folder.File("b"), "history.bin"), new byte[77]);
        using (TrainingSession second = new(folder, Plan))
        {
            Assert.True(second.Trainer.Resume(folder.File("b"), "f"));
            Assert.Equal(5, second.Trainer.History.Count);
            second.RunTo(folder.File("b"), 8);
        }
        File.Delete(Path.Combine(folder.File("b"), "history.bin"));
        using TrainingSession third = new(folder, Plan);
        List<string> warnings = [];
        using (var checkpoints = new CheckpointFolder(folder.File("b"), new("f", "", "", "")) { Warn = warnings.Add })
        {
            Assert.True(third.Trainer.Resume(checkpoints));
            Assert.True(third.Trainer.Run(checkpoints, null, CancellationToken.None));
        }
        Assert.Contains("history.bin: is damaged or missing", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal(unbroken.Losses[8..], third.Losses);
        Assert.Equal(unbroken.WeightBits, third.WeightBits);
        using TrainingSession fourth = new(folder, Plan);
        Assert.True(fourth.Trainer.Resume(folder.File("b"), "f"));
        Assert.Equal(unbroken.Losses[8..], fourth.Losses);
    }

    [Fact]
    public void A_save_appends_to_the_history_and_rewrites_none_of_it()
    {
        using var folder = new TemporaryFolder();
        using var history = new HistoryFile(folder.File("history.bin"));
        List<TrainingRecord> records = [.. Enumerable.Range(1, 1000).Select(Record)];
        HistoryMark before = history.Append(records);
        byte[] bytes = File.ReadAllBytes(folder.File("history.bin"));
        // What an append must not look at is made unrecognisable.
        File.WriteAllBytes(folder.File("history.bin"), new byte[bytes.Length]);
        records.Add(Record(1001));
        HistoryMark after = history.Append(records);
        byte[] appended = File.ReadAllBytes(folder.File("history.bin"));
        Assert.Equal(bytes.Length / 1000 * 1001, appended.Length);
        Assert.All(appended[..bytes.Length], b => Assert.Equal(0, b));

        bytes.CopyTo(appended, 0);
        File.WriteAllBytes(folder.File("history.bin"), appended);
        using var other = new HistoryFile(folder.File("history.bin"));
        List<TrainingRecord> read = [];
        Assert.True(other.TryRead(after, read));
        Assert.Equal(records, read);
        Assert.True(other.TryRead(before, read));
        Assert.Equal(records[..1000], read);
        appended[123] ^= 1;
        File.WriteAllBytes(folder.File("history.bin"), appended);
        Assert.False(other.TryRead(before, read));
        Assert.Empty(read);

        static TrainingRecord Record(int step) => new(step, 1.0 / step, step % 4 == 0 ? 0.5 : double.NaN, 1e-3, step, 0.01);
    }

    [Fact]
    public void A_second_process_is_kept_out_and_what_a_killed_one_was_writing_is_removed()
    {
        using var folder = new TemporaryFolder();
        using (CheckpointFolder first = CheckpointedTrainer.Open(folder.File("a")))
        {
            File.WriteAllText(Path.Combine(first.Path, "step-000000009.safetensors.0123.tmp"), "half");
            Assert.Contains("another process trains there", Assert.Throws<IOException>(() => CheckpointedTrainer.Open(folder.File("a"))).Message, StringComparison.Ordinal);
        }
        using CheckpointFolder second = CheckpointedTrainer.Open(folder.File("a"));
        Assert.Empty(Directory.GetFiles(second.Path, "*.tmp"));
        Assert.Null(CheckpointFolder.Newest(second.Path));
    }

    [Fact]
    public void A_state_of_another_model_tokenizer_text_or_recipe_is_refused_by_name_and_changes_nothing()
    {
        const string Model = """{"decoder":{"blocks":[{"count":2,"block":{"heads":4}}]}}""", Recipe = """{"training":{"beta2":0.95}}""";
        using var folder = new TemporaryFolder();
        using (TrainingSession first = new(folder, Plan))
        using (var checkpoints = new CheckpointFolder(folder.File("a"), new(Model, "t", "d", Recipe)))
            first.Trainer.Run(checkpoints, null, CancellationToken.None);
        using TrainingSession second = new(folder, Plan);
        int[] before = second.WeightBits;
        Assert.Contains("another model (decoder.blocks[0].block.heads is 4 there, 8 here)", Refusal(new(Model.Replace("4", "8", StringComparison.Ordinal), "t", "d", Recipe)), StringComparison.Ordinal);
        Assert.Contains("another tokenizer;", Refusal(new(Model, "u", "d", Recipe)), StringComparison.Ordinal);
        Assert.Contains("other data;", Refusal(new(Model, "t", "e", Recipe)), StringComparison.Ordinal);
        Assert.Contains("another recipe (training.beta2 is 0.95 there, 0.9 here)", Refusal(new(Model, "t", "d", Recipe.Replace("95", "9", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.Equal(before, second.WeightBits);
        Assert.Equal(0, second.Trainer.Step);

        string Refusal(RunIdentity identity)
        {
            using var checkpoints = new CheckpointFolder(folder.File("a"), identity);
            return Assert.Throws<CheckpointException>(() => second.Trainer.Resume(checkpoints)).Message;
        }
    }

    [Fact]
    public void A_tensor_of_another_shape_is_refused_before_any_other_is_changed()
    {
        using var folder = new TemporaryFolder();
        using (TrainingSession first = new(folder, Plan))
            first.RunTo(folder.File("a"), 3);
        using TrainingSession wider = new(folder, Plan, SmallModels.Llama(tied: false));
        int[] before = wider.WeightBits;
        Assert.Contains("is missing, expected [61, 24]", Assert.Throws<CheckpointException>(() => wider.Trainer.Resume(folder.File("a"), "f")).Message, StringComparison.Ordinal);
        Assert.Equal(before, wider.WeightBits);
    }

    private static string[] Names(string folder, string pattern) => [.. Directory.GetFiles(folder, pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void Flip(string path, long at)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        int value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 16));
    }
}
