using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Weft.Cli;

/// <summary>Writes JSON to a text stream piece by piece, so that long results are never whole in memory.</summary>
internal sealed class JsonOutput : IDisposable
{
    // The output is JSON for programs, never part of a page, so Chinese text stays readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly TextWriter _output;

    /// <summary>Starts a document on <paramref name="output"/>.</summary>
    public JsonOutput(TextWriter output)
    {
        _output = output;
        Writer = new(_buffer, Options);
    }

    /// <summary>Takes the content.</summary>
    public Utf8JsonWriter Writer { get; }

    /// <summary>Writes token ids.</summary>
    public void WriteIds(IEnumerable<int> ids)
    {
        Writer.WriteStartArray("ids");
        foreach (int id in ids)
            Writer.WriteNumberValue(id);
        Writer.WriteEndArray();
    }

    /// <summary>Passes on what was written so far.</summary>
    public void Drain()
    {
        Writer.Flush();
        _output.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        _buffer.ResetWrittenCount();
    }

    /// <summary>Ends the document, and its line.</summary>
    public void Complete()
    {
        Drain();
        _output.WriteLine();
    }

    /// <inheritdoc/>
    public void Dispose() => Writer.Dispose();
}
