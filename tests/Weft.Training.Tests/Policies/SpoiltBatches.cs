using Weft.Training.Batches;

namespace Weft.Training.Tests.Policies;

/// <summary>Batches with others between them whose targets have no pattern; counted from 1.</summary>
internal sealed class SpoiltBatches(IBatchSource batches, Func<int, bool> isSpoilt) : CountedBatches(batches)
{
    private protected override TrainingBatch Draw(IBatchSource batches, int number)
    {
        if (!isSpoilt(number))
            return batches.Draw();
        long[] ids = [.. Enumerable.Range(0, 64).Select(i => (long)(i * 17 % 61))];
        return new() { Rows = 4, Length = 16, Ids = ids, Targets = [.. ids.Select(id => (id + 30) % 61)] };
    }
}
