using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Cli;

/// <summary>What reads the output has gone.</summary>
internal sealed class BrokenPipeException() : IOException("the reader of the output has gone");

/// <summary>
/// The process's output streams in UTF-8, whatever the terminal's language: JSON is UTF-8, and so is every text a model writes.
/// </summary>
internal static partial class StandardStreams
{
    private const int BufferSize = 4096;

    /// <summary>Standard output, buffered: who streams must flush. A write fails as soon as nobody reads any more.</summary>
    /// <exception cref="BrokenPipeException">From its writes.</exception>
    public static TextWriter OpenOutput()
    {
        Stream stream = Console.OpenStandardOutput();
        if (OperatingSystem.IsWindows())
            UseUtf8OnWindows();
        else
            stream = new PipeAwareStream(stream);
        return new QuietlyClosedWriter(stream);
    }

    /// <summary>Standard error, written at once.</summary>
    public static TextWriter OpenError() => new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false), BufferSize) { AutoFlush = true };

    private static void UseUtf8OnWindows()
    {
        // Old code pages have no Chinese and no box-drawing characters.
        if (!Console.IsOutputRedirected)
            Console.OutputEncoding = new UTF8Encoding(false);
    }

    /// <summary>What is left in the buffer after a failure must not fail again when the process ends.</summary>
    private sealed class QuietlyClosedWriter(Stream stream) : StreamWriter(stream, new UTF8Encoding(false), BufferSize)
    {
        protected override void Dispose(bool disposing)
        {
            try
            {
                base.Dispose(disposing);
            }
            catch (IOException)
            {
                // Reported by the flush that came before.
            }
        }
    }

    /// <summary>.NET drops what is written to a broken pipe, so a model would go on writing for nobody.</summary>
    private sealed partial class PipeAwareStream(Stream inner) : Stream
    {
        private const int StandardOutput = 1;
        private const short PollError = 8;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            ThrowIfBroken();
            inner.Write(buffer);
            // A pipe that broke during the write lost its end.
            ThrowIfBroken();
        }

        private static void ThrowIfBroken()
        {
            var state = new PollState { File = StandardOutput };
            if (Poll(ref state, 1, 0) > 0 && (state.Found & PollError) != 0)
                throw new BrokenPipeException();
        }

        [LibraryImport("libc", EntryPoint = "poll")]
        private static partial int Poll(ref PollState state, nuint count, int timeout);

        /// <summary><c>struct pollfd</c>.</summary>
        [StructLayout(LayoutKind.Sequential)]
        private struct PollState
        {
            public int File;
            public short Asked;
            public short Found;
        }
    }
}
