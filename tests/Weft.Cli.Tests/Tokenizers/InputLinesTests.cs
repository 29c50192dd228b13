using System.Text;
using CsCheck;
using Weft.Cli.Tokenizers;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary>Lines of a stream that gives what it wants at a time.</summary>
public sealed class InputLinesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string[] Lines(Stream stream) => [.. new InputLines(stream, Token).Batches().SelectMany(batch => batch.Select(line => $"{line.Number}:{Encoding.UTF8.GetString(line.Bytes.Span)}").ToArray())];

    [Fact]
    public void Lines_are_those_of_the_text_however_it_arrives() => Gen.Select(Gen.Int[0, 3].Array[0, 40], Gen.Int[1, 9]).Sample((letters, size) =>
    {
        string text = string.Concat(letters.Select(i => "ab\n\n"[i]));
        string[] expected = text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
        Assert.Equal(expected.Select((line, i) => $"{i + 1}:{line}"), Lines(new SlowStream(Encoding.UTF8.GetBytes(text), size)));
    });

    [Fact]
    public void A_line_longer_than_the_buffer_comes_whole()
    {
        string text = new('x', 3_000_000);
        Assert.Equal(["1:" + text, "2:y"], Lines(new SlowStream(Encoding.UTF8.GetBytes(text + "\ny"), 65_536)));
    }

    [Fact]
    public void A_line_is_given_before_the_next_is_waited_for()
    {
        var stream = new SlowStream(Encoding.UTF8.GetBytes("a\nb\n"), 2);
        using IEnumerator<IReadOnlyList<InputLine>> batches = new InputLines(stream, Token).Batches().GetEnumerator();
        Assert.True(batches.MoveNext());
        Assert.Equal(1, stream.Reads);
    }

    [Fact]
    public void Waiting_ends_when_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        using var silent = new SilentStream(cancellation);
        Assert.ThrowsAny<OperationCanceledException>(() => new InputLines(silent, cancellation.Token).Batches().Count());
    }

    private sealed class SlowStream(byte[] content, int size) : MemoryStream(content)
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
        }
    }

    /// <summary>Never gives anything; what asks is cancelled meanwhile.</summary>
    private sealed class SilentStream(CancellationTokenSource cancellation) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellation.CancelAfter(10);
            return new(new TaskCompletionSource<int>().Task);
        }
    }
}
