using System.Globalization;

using Weft.Training.Batches;

namespace Weft.Training.Tests.Policies;

/// <summary>Batches with others between them whose targets have no pattern; counted from 1.</summary>
internal sealed class SpoiltBatches(IBatchSource batches, Func<int, bool> isSpoilt) : IBatchSource
{
    private int _draws;

    public string Cursor
    {
        get => string.Create(CultureInfo.InvariantCulture, $"{_draws} {batches.Cursor}");
        set
        {
            string[] parts = value.Split(' ', 2);
            _draws = int.Parse(parts[0], CultureInfo.InvariantCulture);
            batches.Cursor = parts[1];
        }
    }

    public TrainingBatch Draw()
    {
        if (!isSpoilt(++_draws))
            return batches.Draw();
        long[] ids = [.. Enumerable.Range(0, 64).Select(i => (long)(i * 17 % 61))];
        return new() { Rows = 4, Length = 16, Ids = ids, Targets = [.. ids.Select(id => (id + 30) % 61)] };
    }
}
