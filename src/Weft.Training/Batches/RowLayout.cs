using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Batches;

/// <summary>How examples become rows.</summary>
public enum Arrangement
{
    /// <summary>As many whole examples in a row as fit, kept apart by the model; all rows have full length.</summary>
    Packed,

    /// <summary>One example a row, as long as the longest of the batch, up to the next multiple of 8.</summary>
    Padded,
}

/// <summary>Lays examples into rows. Legend: B rows, T tokens, U tokens of the source.</summary>
/// <param name="Arrangement">How.</param>
/// <param name="PaddingId">Fills up rows; any id of the vocabulary, since nothing sees it.</param>
public sealed record RowLayout(Arrangement Arrangement, long PaddingId = 0)
{
    /// <summary>Padded rows have whole multiples of it, up to the longest there may be: for each length libtorch generates kernels and keeps them, and the heap gets new gaps.</summary>
    private const int LengthStep = 8;

    /// <summary>Indices of the examples, row by row; in the order of the examples where each has a row of its own.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> Rows(IReadOnlyList<Example> examples, RowSize size) => Arrangement == Arrangement.Packed
        ? BestFit.Pack([.. examples.Select(SizeOf)], (size.Length, size.SourceLength))
        : [.. Enumerable.Range(0, examples.Count).Select(i => new[] { i })];

    /// <summary>Tokens of an example in both directions.</summary>
    internal static (int First, int Second) SizeOf(Example example) => (example.Ids.Length, example.SourceIds?.Length ?? 0);

    /// <summary>Rows of examples as one batch; a preference takes two rows, the chosen answer and the rejected one.</summary>
    /// <param name="rows">Examples of each row.</param>
    /// <param name="size">Of a row, where rows are packed.</param>
    internal TrainingBatch Lay(IReadOnlyList<IReadOnlyList<Example>> rows, RowSize size)
    {
        bool pairs = rows[0][0].Rejected is not null;
        if (pairs)
            rows = [.. rows.SelectMany(row => new IReadOnlyList<Example>[] { row, [row[0].Rejected!] })];
        if (Arrangement == Arrangement.Padded)
            size = new(Padded(rows.Max(row => row[0].Ids.Length), size.Length), Padded(rows.Max(row => row[0].SourceIds?.Length ?? 0), size.SourceLength));
        bool whole = rows.All(row => row.Count == 1 && SizeOf(row[0]) == (size.Length, size.SourceLength));
        bool many = rows.Any(row => row.Count > 1), prefix = rows.Any(row => row.Any(example => example.PrefixLength > 0)), source = size.SourceLength > 0;
        // What says nothing is left out: attention is faster without it.
        return new()
        {
            Rows = rows.Count,
            Length = size.Length,
            Ids = Join(rows, size.Length, PaddingId, (example, _) => example.Ids),
            Targets = Join(rows, size.Length, TrainingBatch.Ignored, (example, _) => example.Targets),
            RowsPerExample = pairs ? 2 : 1,
            References = pairs ? [.. rows.Select(row => row[0].Reference)] : null,
            Values = rows[0][0].Values is null ? null : [.. rows.SelectMany(row => row.SelectMany(example => example.Values!))],
            TokenTypes = rows.Any(row => row.Any(example => example.TokenTypes is not null))
                ? Join(rows, size.Length, 0, (example, _) => example.TokenTypes ?? new long[example.Ids.Length]) : null,
            Documents = whole ? null : Join(rows, size.Length, TrainingBatch.Padding, (example, i) => Numbers(example.Ids.Length, _ => i)),
            Positions = many ? Join(rows, size.Length, 0, (example, _) => Numbers(example.Ids.Length, t => t)) : null,
            Prefix = prefix ? Join(rows, size.Length, false, (example, _) => [.. example.Ids.Select((_, t) => t < example.PrefixLength)]) : null,
            SourceLength = size.SourceLength,
            SourceIds = source ? Join(rows, size.SourceLength, PaddingId, (example, _) => example.SourceIds!) : null,
            SourceDocuments = source && !whole ? Join(rows, size.SourceLength, TrainingBatch.Padding, (example, i) => Numbers(example.SourceIds!.Length, _ => i)) : null,
            SourcePositions = source && many ? Join(rows, size.SourceLength, 0, (example, _) => Numbers(example.SourceIds!.Length, t => t)) : null,
        };
    }

    private static int Padded(int length, int most) => Math.Max(length, Math.Min(most, (length + LengthStep - 1) / LengthStep * LengthStep));

    private static long[] Numbers(int count, Func<int, long> at) => [.. Enumerable.Range(0, count).Select(at)];

    private static T[] Join<T>(IReadOnlyList<IReadOnlyList<Example>> rows, int length, T padding, Func<Example, int, T[]> valuesOf)
    {
        T[] joined = new T[rows.Count * length];
        Array.Fill(joined, padding);
        for (int row = 0; row < rows.Count; row++)
        {
            int at = row * length;
            for (int i = 0; i < rows[row].Count; i++)
            {
                T[] values = valuesOf(rows[row][i], i);
                values.CopyTo(joined, at);
                at += values.Length;
            }
        }
        return joined;
    }
}
