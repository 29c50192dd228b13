using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Objectives;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Labels;

/// <summary>Labelled texts of which tokens are left out.</summary>
public class ThinnedExamplesTests
{
    private const int Begin = 0, Separator = 1, First = 200, Second = 100, Label = 2;
    private const double Share = 0.3;

    /// <summary>Five standard deviations of the mean over all draws: a right share is missed once in two million seeds.</summary>
    private const double Tolerance = 5 * 0.46 / 245;

    [Fact]
    public void As_many_tokens_are_left_out_as_asked_others_at_each_visit_and_all_else_stays()
    {
        using var folder = new TemporaryFolder();
        // [CLS] first [SEP] second [SEP]
        int[] ids = [Begin, .. Enumerable.Range(10, First), Separator, .. Enumerable.Range(400, Second), Separator];
        using ShardSet shard = Write(folder.File("rows.tokens"), ids);
        var whole = new LabelledExamples(shard, new TaskRecipe { Labels = ["a", "b", "c"] }, ids.Length);
        var thinned = new ThinnedExamples(whole, Share, new HashSet<long> { Begin, Separator });
        Assert.Equal(1, thinned.Count);
        Assert.Equal(whole.Size, thinned.Size);
        Example[] visits = [.. Enumerable.Range(0, 200).Select(epoch => thinned.Make(0, new(7, epoch, 0)))];
        foreach (Example visit in visits)
        {
            Assert.Equal(Label, visit.Targets[0]);
            Assert.All(visit.Targets.Skip(1), target => Assert.Equal(TrainingBatch.Ignored, target));
            Assert.Equal(visit.Ids.Order().Distinct().Count() + 1, visit.Ids.Length);
            Assert.Equal(2, visit.Ids.Count(id => id == Separator));
            Assert.Equal([.. visit.Ids.Select((id, place) => place > Array.IndexOf(visit.Ids, Separator) ? 1L : 0)], visit.TokenTypes!);
            Assert.Equal(visit.Ids.Where(id => id > Separator).Order(), visit.Ids.Where(id => id > Separator));
        }
        Assert.Equal(visits.Length, visits.DistinctBy(visit => string.Join(',', visit.Ids)).Count());
        Assert.InRange(visits.Average(visit => visit.Ids.Length - 3) / (First + Second), 1 - Share - Tolerance, 1 - Share + Tolerance);
        Assert.Equal(visits[5].Ids, thinned.Make(0, new(7, 5, 0)).Ids);
    }

    [Fact]
    public void A_text_of_which_nothing_would_be_left_stays_whole()
    {
        using var folder = new TemporaryFolder();
        using ShardSet shard = Write(folder.File("rows.tokens"), [Begin, 10, Separator, 11, Separator]);
        var thinned = new ThinnedExamples(new LabelledExamples(shard, new TaskRecipe { Labels = ["a", "b", "c"] }, 8), 0.9, new HashSet<long> { Begin, Separator });
        int[] lengths = [.. Enumerable.Range(0, 200).Select(epoch => thinned.Make(0, new(7, epoch, 0)).Ids.Length).Distinct().Order()];
        Assert.Equal([4, 5], lengths);
    }

    private static ShardSet Write(string path, int[] ids)
    {
        using (var writer = TokenShardWriter.Create(path, 1000))
        {
            writer.Add(ids, ids.Length);
            LabelFile.Write(path, [new("row 1") { Labels = [Label], Second = Array.IndexOf(ids, Separator) + 1 }]);
            writer.Complete();
        }
        return ShardSet.Open(path);
    }
}
