using System.Globalization;

using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Policies;

/// <summary>Batches in which there is nothing to predict.</summary>
public class EmptyBatchTests
{
    private const int Steps = 12;

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void A_batch_without_a_target_is_passed_over_and_leaves_no_trace(int rowsPerPass)
    {
        using var folder = new TemporaryFolder();
        TrainingPlan plan = SmallModels.Plan(Steps) with { WindowsPerPass = rowsPerPass, Dropout = 0.1, SaveEvery = 4 };
        using TrainingSession clean = new(folder, plan);
        Assert.True(clean.Trainer.Run(folder.File("clean"), "f", null, CancellationToken.None));
        // Twice in a row, at the beginning, and just after a saved state.
        using TrainingSession some = new(folder, plan, change: Some);
        Assert.True(some.Trainer.Run(folder.File("some"), "f", null, CancellationToken.None));
        Assert.Equal(0, some.Trainer.Skipped);
        Assert.Equal(clean.Losses, some.Losses);
        Assert.Equal(clean.WeightBits, some.WeightBits);

        using (TrainingSession broken = new(folder, plan, change: Some))
            broken.RunTo(folder.File("broken"), step: 5);
        using TrainingSession resumed = new(folder, plan, change: Some);
        Assert.True(resumed.Trainer.Resume(folder.File("broken"), "f"));
        Assert.True(resumed.Trainer.Run(folder.File("broken"), "f", null, CancellationToken.None));
        Assert.Equal(clean.Losses, resumed.Losses);
        Assert.Equal(clean.WeightBits, resumed.WeightBits);

        static IBatchSource Some(IBatchSource batches) => new WithoutTargets(batches, draw => draw is 1 or 6 or 7 or 9, rows: 4);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void Rows_without_a_target_do_not_weigh_on_the_others(int rowsPerPass)
    {
        using var folder = new TemporaryFolder();
        TrainingPlan plan = SmallModels.Plan(Steps) with { Schedule = new WarmupConstant(1e-3, 1), WindowsPerPass = rowsPerPass };
        using TrainingSession half = new(folder, plan, change: batches => new WithoutTargets(batches, _ => true, rows: 2));
        half.Trainer.Run(folder.File("half"), "f", null, CancellationToken.None);
        // The same two rows alone.
        using TrainingSession alone = new(folder, plan with { WindowsPerPass = Math.Min(2, rowsPerPass) }, change: batches => new LastRows(batches, 2));
        alone.Trainer.Run(folder.File("alone"), "f", null, CancellationToken.None);
        Assert.Equal(alone.Losses.Length, half.Losses.Length);
        foreach ((var expected, var actual) in alone.Losses.Zip(half.Losses))
        {
            // Sums of another order, in fp32.
            Assert.Equal(expected.Loss, actual.Loss, 1e-4);
            Assert.Equal(expected.Norm, actual.Norm, 1e-3);
        }
    }

    [Fact]
    public void Data_without_any_target_end_the_run_with_a_reason()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession none = new(folder, SmallModels.Plan(Steps), change: batches => new WithoutTargets(batches, _ => true, rows: 4));
        Assert.Contains("batches in a row have nothing to predict", Assert.Throws<InvalidDataException>(() =>
            none.Trainer.Run(folder.File("none"), "f", null, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_unknown_words_are_passed_over_when_masked_tokens_are_guessed()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Masked(folder, known: 300, unknown: 2700);
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(20, whole.History.Count);
        Assert.All(whole.History, step => Assert.True(double.IsFinite(step.Loss) && step.GradientNorm > 0));
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 7) stop.Cancel(); } }, stop.Token));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.History.Select(step => step.Loss), resumed.History.Select(step => step.Loss));
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);

        Recipe none = Masked(folder, known: 0, unknown: 300);
        Assert.Contains("objective masked finds nothing to predict in the validation text", Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(none, new(folder.File("none")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    /// <summary>One pair of texts a batch; a tokenizer of Latin letters makes unknown words of all others.</summary>
    private static Recipe Masked(TemporaryFolder folder, int known, int unknown)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        WordPieceTrainer.Train([File.ReadAllText(recipe.Text.Paths[0])], new() { VocabularySize = 100 }).Save(folder.File("tokenizer.json"));
        string texts = folder.File($"texts-{known}");
        Directory.CreateDirectory(texts);
        for (int i = 0; i < known + unknown; i++)
            File.WriteAllText(Path.Combine(texts, $"{i:D4}.txt"), i < known ? $"Word {i} stands in line {i}." : string.Create(CultureInfo.InvariantCulture, $"{(char)(0x3400 + i)}{(char)(0x4E00 + i)}"));
        return recipe with
        {
            Text = recipe.Text with { Paths = [texts] },
            Tokenizer = new() { File = folder.File("tokenizer.json") },
            Model = recipe.Model with { Architecture = "bert" },
            Training = recipe.Training with { Steps = 20, Batch = 2, WindowsPerPass = 1, Objective = new() { Packing = PackingKind.Padded } },
        };
    }

    /// <summary>Takes the targets from the first rows of some batches; between two whole ones stand all those without.</summary>
    private sealed class WithoutTargets(IBatchSource batches, Func<int, bool> isEmpty, int rows) : CountedBatches(batches)
    {
        private protected override TrainingBatch Draw(IBatchSource batches, int number)
        {
            bool empty = isEmpty(number), whole = rows == 4;
            // A batch without any target comes in addition to the others.
            string before = batches.Cursor;
            TrainingBatch batch = batches.Draw();
            if (empty && whole)
                batches.Cursor = before;
            return empty ? batch with { Targets = [.. batch.Targets.Select((target, i) => i < rows * batch.Length ? TrainingBatch.Ignored : target)] } : batch;
        }
    }

    /// <summary>The last rows of each batch.</summary>
    private sealed class LastRows(IBatchSource batches, int rows) : IBatchSource
    {
        public string Cursor
        {
            get => batches.Cursor;
            set => batches.Cursor = value;
        }

        public TrainingBatch Draw()
        {
            TrainingBatch batch = batches.Draw();
            return batch.Slice(batch.Rows - rows, rows);
        }
    }
}
