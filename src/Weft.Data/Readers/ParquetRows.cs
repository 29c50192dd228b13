using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

using Parquet;
using Parquet.Schema;

namespace Weft.Data;

/// <summary>
/// Rows of a Parquet file in the shape that <see cref="JsonObjects"/> gives those of JSON: an object a row, of lists an array, of structs an object. Dates and times are texts of ISO 8601;
/// a number that is none (NaN) or infinite is null, since JSON has neither. A row group is in memory at a time.
/// </summary>
internal static class ParquetRows
{
    private const string Ending = ".parquet", PackedEnding = ".parquet.gz";

    /// <summary>The shortest file has these four bytes at both ends, and a length between them.</summary>
    private const int Shortest = 12;

    private static readonly JsonWriterOptions AsText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>False in machine code, which the library does not suit: there the compiler leaves out all that follows.</summary>
    [FeatureSwitchDefinition("Weft.Data.Parquet")]
    private static bool IsSupported => !AppContext.TryGetSwitch("Weft.Data.Parquet", out bool enabled) || enabled;

    /// <summary>The file begins as Parquet does, whatever its name, or is named so.</summary>
    public static bool Is(string file) =>
        file.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) || file.EndsWith(PackedEnding, StringComparison.OrdinalIgnoreCase) || BeginsSo(file);

    /// <summary>Rows with their number, from 1. A row holds until the next is asked for.</summary>
    /// <param name="file">As <see cref="Is"/> finds it.</param>
    /// <param name="columns">Those that are read, each of which has to be there; null for all.</param>
    /// <exception cref="InvalidDataException">It is no Parquet, is damaged, lacks a column, or has one of a type that is not read; the message names file and column or row.</exception>
    public static IEnumerable<(long Row, JsonElement Values)> Read(string file, IReadOnlyList<string>? columns = null)
    {
        if (!IsSupported)
            throw new InvalidDataException($"{file}: is Parquet, which this build of machine code does not read; take the ordinary build of weft, or write the rows as JSON lines");
        return ReadAll(file, columns);
    }

    private static bool BeginsSo(string file)
    {
        // What has no length, such as a pipe, can be read once only.
        if (new FileInfo(file) is not { Exists: true, Length: >= Shortest })
            return false;
        Span<byte> begin = stackalloc byte[Magic.Length];
        using FileStream stream = File.OpenRead(file);
        return stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) == begin.Length && begin.SequenceEqual(Magic);
    }

    private static IEnumerable<(long Row, JsonElement Values)> ReadAll(string file, IReadOnlyList<string>? columns)
    {
        using FileStream stream = File.OpenRead(file);
        if (!BeginsSo(file))
            throw new InvalidDataException($"{file}: is no Parquet, which begins with PAR1; "
                + (file.EndsWith(PackedEnding, StringComparison.OrdinalIgnoreCase) ? "unpack it, for Parquet is compressed inside" : "look whether it came over whole, or name it as what it is"));
        CheckEnd(file, stream);
        (ParquetReader reader, IReadOnlyList<Field> fields) = Guard($"{file}: cannot be read as Parquet", () => Open(stream));
        ParquetColumn[] read = [.. Chosen(file, fields, columns).Select(field => Known(file, field))];
        ParquetLeaf[] leaves = [.. read.SelectMany(column => column.Leaves)];
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, AsText);
        long row = 0;
        foreach (ParquetRowGroupReader group in reader.RowGroups)
        {
            foreach (ParquetLeaf leaf in leaves)
                Guard($"{file}: column '{leaf.Path}' cannot be read", () => leaf.Read(group));
            for (long i = 0; i < group.RowCount; i++)
            {
                row++;
                buffer.ResetWrittenCount();
                json.Reset();
                using JsonDocument document = Parse(file, row, read, (json, buffer));
                yield return (row, document.RootElement);
            }
            if (leaves.FirstOrDefault(leaf => !leaf.IsRead) is { } rest)
                throw new InvalidDataException(FormattableString.Invariant($"{file}: is damaged, or nests its values in a way that is not read: after {row} rows column '{rest.Path}' has values left; write it anew"));
        }
    }

    /// <summary>The file ends in what is said of its columns, a structure of Thrift that ends in a zero, the length of that, and the four bytes again. Without the zero the library would read on for ever.</summary>
    private static void CheckEnd(string file, FileStream stream)
    {
        Span<byte> end = stackalloc byte[1 + sizeof(int) + Magic.Length];
        stream.Seek(-end.Length, SeekOrigin.End);
        stream.ReadExactly(end);
        int length = BinaryPrimitives.ReadInt32LittleEndian(end[1..]);
        if (!end.EndsWith(Magic) || length <= 0 || length > stream.Length - Shortest || end[0] != 0)
            throw new InvalidDataException($"{file}: begins as Parquet does, but does not end so; look whether it came over whole");
    }

    private static (ParquetReader Reader, IReadOnlyList<Field> Fields) Open(Stream stream)
    {
        // The stream is the caller's, and there is nothing else to let go.
        ParquetReader reader = ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
        return (reader, reader.Schema.Fields);
    }

    private static IEnumerable<Field> Chosen(string file, IReadOnlyList<Field> fields, IReadOnlyList<string>? columns)
    {
        const int most = 12;
        return columns is null ? fields : columns.Distinct().Select(column => fields.FirstOrDefault(field => field.Name == column)
            ?? throw new InvalidDataException($"{file}: has no column '{column}'; it has {string.Join(", ", fields.Take(most).Select(field => $"'{field.Name}'"))}{(fields.Count > most ? ", …" : "")}"));
    }

    private static ParquetColumn Known(string file, Field field)
    {
        try
        {
            return ParquetColumn.Of(field, field.Name);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
    }

    private static JsonDocument Parse(string file, long row, ParquetColumn[] columns, (Utf8JsonWriter Json, ArrayBufferWriter<byte> Buffer) to)
    {
        try
        {
            to.Json.WriteStartObject();
            foreach (ParquetColumn column in columns)
            {
                to.Json.WritePropertyName(column.Name);
                column.Write(to.Json);
            }
            to.Json.WriteEndObject();
            to.Json.Flush();
            return JsonDocument.Parse(to.Buffer.WrittenMemory);
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            throw new InvalidDataException(TableFiles.Bad(file, row, $"cannot be read ({e.Message}); write the file anew").Message, e);
        }
    }

    private static void Guard(string problem, Action read) => Guard(problem, () =>
    {
        read();
        return true;
    });

    private static T Guard<T>(string problem, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            throw new InvalidDataException($"{problem} ({e.Message.ReplaceLineEndings(" ")}); look whether the file came over whole, or write it anew, with data pages of version 1", e);
        }
    }

    /// <summary>Of damaged bytes the library throws whatever comes of them, such as an index out of range.</summary>
    private static bool IsOfTheFile(Exception e) => e is not (OutOfMemoryException or OperationCanceledException);
}
