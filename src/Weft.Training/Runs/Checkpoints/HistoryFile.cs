using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Weft.Training.Runs.Checkpoints;

/// <summary>
/// One record a step in a file that only grows, so that a save costs the same on the first day of a run and on the last. A checkpoint names how
/// many of its records it goes with, and their checksum: what a killed run wrote beyond them is cut off before the next record is appended.
/// </summary>
/// <param name="path">The file: numbers of a record after each other as little-endian doubles, see <see cref="TrainingRecord.ToNumbers"/>.</param>
internal sealed class HistoryFile(string path) : IDisposable
{
    private const int RecordSize = TrainingRecord.Width * sizeof(double);

    /// <summary>Records that are read at a time.</summary>
    private const int PartLength = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    /// <summary>Appends what is not in the file yet, and waits until the disk has it.</summary>
    /// <param name="history">All records of the run, or those since the file was lost.</param>
    /// <returns>What a checkpoint keeps of it.</returns>
    public HistoryMark Append(IReadOnlyList<TrainingRecord> history)
    {
        using (var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read))
        {
            stream.SetLength(_count * RecordSize);
            stream.Seek(0, SeekOrigin.End);
            double[] numbers = [.. history.Skip((int)_count).SelectMany(record => record.ToNumbers())];
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(numbers.AsSpan());
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
            _hash.AppendData(bytes);
        }
        _count = history.Count;
        return new(_count, Convert.ToHexStringLower(_hash.GetCurrentHash()));
    }

    /// <summary>Reads the records that go with a checkpoint.</summary>
    /// <returns>False where they are not the ones that were written: the file is to begin anew.</returns>
    public bool TryRead(HistoryMark mark, List<TrainingRecord> history)
    {
        history.Clear();
        _hash.GetHashAndReset();
        _count = 0;
        if (mark.Count > 0 && (!File.Exists(path) || new FileInfo(path).Length < mark.Count * RecordSize))
            return false;
        if (mark.Count > 0)
            ReadRecords(mark.Count, history);
        if (Convert.ToHexStringLower(_hash.GetCurrentHash()) == mark.Checksum)
        {
            _count = mark.Count;
            return true;
        }
        history.Clear();
        _hash.GetHashAndReset();
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void ReadRecords(long count, List<TrainingRecord> history)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] part = new byte[PartLength * RecordSize];
        for (long left = count * RecordSize; left > 0;)
        {
            Span<byte> read = part.AsSpan(0, (int)Math.Min(part.Length, left));
            stream.ReadExactly(read);
            _hash.AppendData(read);
            ReadOnlySpan<double> numbers = MemoryMarshal.Cast<byte, double>(read);
            for (int i = 0; i < numbers.Length; i += TrainingRecord.Width)
                history.Add(TrainingRecord.FromNumbers(numbers.Slice(i, TrainingRecord.Width)));
            left -= read.Length;
        }
    }
}

/// <summary>How much of a history goes with a checkpoint.</summary>
/// <param name="Count">Records.</param>
/// <param name="Checksum">SHA-256 of their bytes, in hexadecimal digits.</param>
internal sealed record HistoryMark(long Count, string Checksum);
