using System.Text.Json;

using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Batches;

/// <summary>
/// Draws examples, in each epoch every one once in an order of its own, and lays them into rows. It goes by groups of some hundreds of examples,
/// which are packed or sorted by length among themselves, so that a place in a run is an epoch, a group and a row, and is found again at once.
/// </summary>
public sealed class ExampleBatches : IBatchSource
{
    /// <summary>Fewest rows of a group that is packed: so many that best fit leaves little room.</summary>
    private const int PackedRows = 64;

    /// <summary>Most examples of such a group, where they are very short: packing takes time that grows with the square of their number.</summary>
    private const int PackedExamples = 1 << 14;

    /// <summary>Batches of a group that is sorted: so many that the lengths of neighbours are near.</summary>
    private const int SortedBatches = 64;

    /// <summary>Keeps what is drawn for the rows apart from what is drawn for the examples.</summary>
    private const ulong OfRows = 0x524F5753, OfExamples = 0x4558414D;

    private readonly Examples _examples;
    private readonly RowLayout _layout;
    private readonly int _rows;
    private readonly long _groupSize;
    private Place _place;
    private IReadOnlyList<IReadOnlyList<Example>>? _group;

    /// <summary>Starts at the first epoch.</summary>
    /// <param name="examples">What is drawn.</param>
    /// <param name="layout">How it becomes rows.</param>
    /// <param name="rows">Of a batch.</param>
    /// <param name="seed">Of order and chance.</param>
    public ExampleBatches(Examples examples, RowLayout layout, int rows, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        (_examples, _layout, _rows) = (examples, layout, rows);
        double packed = examples.Size.Length / examples.MeanLength * Math.Max(PackedRows, rows);
        _groupSize = layout.Arrangement == Arrangement.Packed ? (long)Math.Clamp(Math.Ceiling(packed), 1, PackedExamples) : (long)SortedBatches * rows;
        _place = new(seed, examples.Count, 0, 0, 0);
    }

    /// <summary>Where a run stands.</summary>
    /// <param name="Seed">Of order and chance.</param>
    /// <param name="Count">Examples of an epoch.</param>
    /// <param name="Epoch">Passes before this one.</param>
    /// <param name="Group">Of the epoch.</param>
    /// <param name="Row">Of the group, the next to be drawn.</param>
    private sealed record Place(ulong Seed, long Count, long Epoch, long Group, int Row);

    /// <inheritdoc/>
    public string Cursor
    {
        get => JsonSerializer.Serialize(_place);
        set
        {
            Place place = Read(value);
            if (place.Count != _examples.Count)
                throw new ArgumentException($"the place '{value}' belongs to {place.Count} examples, but there are {_examples.Count}; resume with the same data and length");
            if (place.Epoch < 0 || place.Group < 0 || place.Group >= Groups || place.Row < 0)
                throw Damaged(value, null);
            IReadOnlyList<IReadOnlyList<Example>> group = Open(place);
            if (place.Row > group.Count)
                throw Damaged(value, null);
            (_place, _group) = (place, group);
        }
    }

    private long Groups => (_examples.Count + _groupSize - 1) / _groupSize;

    /// <inheritdoc/>
    public TrainingBatch Draw()
    {
        var rows = new IReadOnlyList<Example>[_rows];
        for (int i = 0; i < _rows; i++)
        {
            // The last rows of a group share a batch with the first of the next.
            _group ??= Open(_place);
            while (_place.Row == _group.Count)
            {
                bool last = _place.Group + 1 == Groups;
                _place = _place with { Epoch = _place.Epoch + (last ? 1 : 0), Group = last ? 0 : _place.Group + 1, Row = 0 };
                _group = Open(_place);
            }
            rows[i] = _group[_place.Row];
            _place = _place with { Row = _place.Row + 1 };
        }
        return _layout.Lay(rows, _examples.Size);
    }

    /// <summary>The rows of a place's group: a function of the seed, the epoch and the group.</summary>
    private IReadOnlyList<IReadOnlyList<Example>> Open(Place place)
    {
        var order = new EpochOrder(_examples.Count, place.Seed, place.Epoch);
        long first = place.Group * _groupSize;
        var examples = new Example[Math.Min(_groupSize, _examples.Count - first)];
        for (int i = 0; i < examples.Length; i++)
        {
            long index = order[first + i];
            examples[i] = _examples.Make(index, new(place.Seed ^ OfExamples, place.Epoch, index));
        }
        var random = new KeyedRandom(place.Seed ^ OfRows, place.Epoch, place.Group);
        IReadOnlyList<int>[] rows = [.. _layout.Rows(examples, _examples.Size)];
        if (_layout.Arrangement == Arrangement.Packed)
            random.Shuffle(rows.AsSpan());
        else
            rows = ByLength(rows, examples, Drawn(place, first), random);
        return [.. rows.Select(row => row.Select(i => examples[i]).ToArray())];
    }

    /// <summary>Rows of like length follow each other, so that a batch of them has little padding; the batches are in random order.</summary>
    private IReadOnlyList<int>[] ByLength(IReadOnlyList<int>[] rows, Example[] examples, UInt128 drawn, KeyedRandom random)
    {
        // Equal lengths in random order: sorting is stable.
        random.Shuffle(rows.AsSpan());
        IReadOnlyList<int>[] sorted = [.. rows.OrderBy(row => examples[row[0]].LongestRow)];
        // Where the run's next batch begins: rows drawn before it may have left one half full.
        int begun = (int)(drawn % (ulong)_rows), open = begun == 0 ? 0 : Math.Min(sorted.Length, _rows - begun), whole = (sorted.Length - open) / _rows;
        // Targets of like length are sorted by their sources: both then differ little within a batch.
        int band = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(whole))) * _rows;
        for (int start = open; start < sorted.Length; start += band)
        {
            int end = Math.Min(sorted.Length, start + band);
            ((IReadOnlyList<int>[])[.. sorted[start..end].OrderBy(row => examples[row[0]].SourceIds?.Length ?? 0)]).CopyTo(sorted, start);
        }
        int[] batches = [.. Enumerable.Range(0, whole)];
        random.Shuffle(batches.AsSpan());
        return [.. sorted[..open], .. batches.SelectMany(batch => sorted.Skip(open + (batch * _rows)).Take(_rows)), .. sorted[(open + (whole * _rows))..]];
    }

    /// <summary>Examples of a run before place <paramref name="first"/> of an epoch.</summary>
    private UInt128 Drawn(Place place, long first) => ((UInt128)place.Epoch * (ulong)_examples.Count) + (ulong)first;

    private static Place Read(string cursor)
    {
        try
        {
            return JsonSerializer.Deserialize<Place>(cursor) ?? throw Damaged(cursor, null);
        }
        catch (JsonException e)
        {
            throw Damaged(cursor, e);
        }
    }

    private static ArgumentException Damaged(string cursor, Exception? inner) => new($"'{cursor}' is no place among examples; start the run anew", inner);
}
