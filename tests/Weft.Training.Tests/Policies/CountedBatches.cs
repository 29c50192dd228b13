using System.Globalization;

using Weft.Training.Batches;

namespace Weft.Training.Tests.Policies;

/// <summary>Batches of another source of which some are changed, as their number says, from 1; the cursor keeps it.</summary>
internal abstract class CountedBatches(IBatchSource batches) : IBatchSource
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

    public TrainingBatch Draw() => Draw(batches, ++_draws);

    private protected abstract TrainingBatch Draw(IBatchSource batches, int number);
}
