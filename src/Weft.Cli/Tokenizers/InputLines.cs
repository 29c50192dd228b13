namespace Weft.Cli.Tokenizers;

/// <summary>A line of standard input.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Without its end; valid until the next batch is asked for.</param>
internal readonly record struct InputLine(long Number, ReadOnlyMemory<byte> Bytes);

/// <summary>The lines of a stream as they arrive, so that who writes them and waits for an answer gets it.</summary>
/// <param name="input">The stream.</param>
/// <param name="ct">Ends the waiting, too.</param>
internal sealed class InputLines(Stream input, CancellationToken ct)
{
    private const int BufferSize = 1 << 20;

    /// <summary>Bytes; what is longer is no text that somebody wrote.</summary>
    private const int LongestLine = 1 << 29;

    private byte[] _buffer = new byte[BufferSize];

    /// <summary>All whole lines that have arrived, again and again until the stream ends. A batch is never empty.</summary>
    /// <exception cref="InvalidDataException">A line is longer than any memory.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IEnumerable<IReadOnlyList<InputLine>> Batches()
    {
        long number = 0;
        int length = 0, searched = 0;
        for (bool ended = false; !ended;)
        {
            Grow(length, number);
            int read = Read(_buffer.AsMemory(length));
            ended = read == 0;
            length += read;
            List<InputLine> lines = [];
            int start = 0;
            for (int end; (end = _buffer.AsSpan(searched, length - searched).IndexOf((byte)'\n')) >= 0; start = searched)
            {
                lines.Add(new(++number, _buffer.AsMemory(start, searched + end - start)));
                searched += end + 1;
            }
            searched = length;
            if (ended && start < length)
                lines.Add(new(++number, _buffer.AsMemory(start, length - start)));
            if (lines.Count > 0)
                yield return lines;
            _buffer.AsSpan(start, length - start).CopyTo(_buffer);
            (length, searched) = (length - start, length - start);
        }
    }

    private void Grow(int length, long number)
    {
        if (length < _buffer.Length)
            return;
        if (length >= LongestLine)
            throw new InvalidDataException($"standard input, line {number + 1}: it is longer than {LongestLine} bytes; write shorter texts");
        Array.Resize(ref _buffer, 2 * length);
    }

    // A terminal or a pipe cannot be asked to stop waiting, but nobody needs to wait for it.
    private int Read(Memory<byte> buffer)
    {
        ct.ThrowIfCancellationRequested();
        ValueTask<int> reading = input.ReadAsync(buffer, CancellationToken.None);
        return reading.IsCompleted ? reading.Result : reading.AsTask().WaitAsync(ct).GetAwaiter().GetResult();
    }
}
