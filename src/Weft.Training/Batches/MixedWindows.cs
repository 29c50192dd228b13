using System.Text.Json;

using Weft.Data;

namespace Weft.Training.Batches;

/// <summary>Causal language modelling over several sources by weight: a batch holds windows of all of them.</summary>
/// <param name="mixture">Draws the windows; its sources stay the caller's.</param>
/// <param name="rows">Windows of a batch.</param>
/// <param name="length">Tokens of a window.</param>
public sealed class MixedWindows(MixtureSampler mixture, int rows, int length) : IBatchSource
{
    /// <inheritdoc/>
    public string Cursor
    {
        get => JsonSerializer.Serialize(mixture.Cursor);
        set
        {
            try
            {
                mixture.Cursor = JsonSerializer.Deserialize<MixtureCursor>(value) ?? throw Damaged(value, null);
            }
            catch (JsonException e)
            {
                throw Damaged(value, e);
            }
        }
    }

    /// <inheritdoc/>
    public TrainingBatch Draw()
    {
        long[] windows = new long[rows * (length + 1)];
        mixture.Next(windows, rows, length);
        return CausalWindows.Split(windows, rows, length);
    }

    private static ArgumentException Damaged(string cursor, Exception? inner) => new($"'{cursor}' is no place in a mixture; start the run anew", inner);
}
