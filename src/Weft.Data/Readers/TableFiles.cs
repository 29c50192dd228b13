using System.Globalization;
using System.Text.Json;

namespace Weft.Data;

/// <summary>Some columns of one row.</summary>
/// <param name="Values">In the order in which the columns were asked for.</param>
/// <param name="Source">File and line, for messages.</param>
public sealed record TableRow(IReadOnlyList<string> Values, string Source);

/// <summary>
/// Reads columns of tables, plain or gzip-compressed. A column is a name of the first line, or a number from 1 in files that have no such line; of JSON it is a key. Of Parquet, which is told by its first
/// bytes, it is a name, and no other column is read.
/// Rows are read one after the other, and empty lines are none.
/// </summary>
public static class TableFiles
{
    private static readonly (string Ending, TableFormat Format)[] Endings =
    [
        (".tsv", TableFormat.Tsv), (".tab", TableFormat.Tsv), (".csv", TableFormat.Csv), (".jsonl", TableFormat.JsonLines), (".ndjson", TableFormat.JsonLines), (".json", TableFormat.JsonLines),
        (".parquet", TableFormat.Parquet),
    ];

    /// <summary>The format that a file's name says, with or without .gz, or Parquet where its first bytes say so; null where nothing says it.</summary>
    public static TableFormat? FormatOf(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (ParquetRows.Is(file))
            return TableFormat.Parquet;
        string name = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^".gz".Length] : file;
        foreach ((string ending, TableFormat format) in Endings)
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return format;
        return null;
    }

    /// <summary>Rows are objects whose values have names, not fields in an order.</summary>
    public static bool HasKeys(TableFormat? format) => format is TableFormat.JsonLines or TableFormat.Parquet;

    /// <summary>The column is a number from 1, not a name.</summary>
    public static bool IsNumber(string column) => NumberOf(column) > 0;

    /// <summary>Reads files.</summary>
    /// <param name="files">Paths, as <see cref="TextFiles.Expand"/> gives them.</param>
    /// <param name="columns">All names, or all numbers from 1.</param>
    /// <param name="format">Of all files; null: as their names say.</param>
    /// <param name="other">Reads a JSON value that is no text, given its key; where it gives null, or is null itself, such a value is refused.</param>
    /// <param name="ct">Checked at each row.</param>
    /// <exception cref="InvalidDataException">A column is missing, a row is too short or too long, quotes are wrong, or the file is no text; the message names file and line.</exception>
    /// <exception cref="ArgumentException">The columns are names and numbers, or none.</exception>
    public static IEnumerable<TableRow> Read(IEnumerable<string> files, IReadOnlyList<string> columns, TableFormat? format = null, Func<string, JsonElement, string?>? other = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(columns);
        int[] numbers = [.. columns.Select(NumberOf)];
        if (columns.Count == 0 || (numbers.Any(number => number > 0) && numbers.Any(number => number == 0)))
            throw new ArgumentException($"columns are {(columns.Count == 0 ? "none" : string.Join(", ", columns))}; give names of the first line, or numbers from 1 where it is no line of names", nameof(columns));
        return ReadAll(files, columns, (format, other), ct);
    }

    private static IEnumerable<TableRow> ReadAll(IEnumerable<string> files, IReadOnlyList<string> columns, (TableFormat? Format, Func<string, JsonElement, string?>? Other) given, CancellationToken ct)
    {
        foreach (string file in files)
        {
            TableFormat format = given.Format ?? FormatOf(file)
                ?? throw new InvalidDataException($"{file}: the name does not say whether this is a table; name the format, or end the name in {string.Join(", ", Endings.Select(known => known.Ending))}");
            foreach ((long line, string[] values) in HasKeys(format) ? JsonLines.Read(file, columns, given.Other) : ReadFields(file, columns, format))
            {
                ct.ThrowIfCancellationRequested();
                yield return new(values, string.Create(CultureInfo.InvariantCulture, $"{file}#{line}"));
            }
        }
    }

    /// <summary>The lines of a file, plain or gzip-compressed.</summary>
    internal static IEnumerable<string> Lines(string file)
    {
        using TextReader reader = Open(file);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>The text of a file, plain or gzip-compressed.</summary>
    internal static TextReader Open(string file) => new PieceReader(TextDecoder.Decode(file));

    private static IEnumerable<(long Line, string[] Values)> ReadFields(string file, IReadOnlyList<string> columns, TableFormat format)
    {
        using TextReader reader = Open(file);
        foreach ((long Line, string[] Values) row in Select(file, Split(file, reader, format), columns, format))
            yield return row;
    }

    private static IEnumerable<(long Line, List<string> Fields)> Split(string file, TextReader reader, TableFormat format) =>
        format == TableFormat.Csv ? new CsvFields(file, reader).Read() : Tabs(reader);

    private static IEnumerable<(long Line, List<string> Fields)> Tabs(TextReader reader)
    {
        for (long line = 1; reader.ReadLine() is { } text; line++)
            if (text.Length > 0)
                yield return (line, [.. text.Split('\t')]);
    }

    private static IEnumerable<(long Line, string[] Values)> Select(string file, IEnumerable<(long Line, List<string> Fields)> rows, IReadOnlyList<string> columns, TableFormat format)
    {
        int[] places = [.. columns.Select(column => NumberOf(column) - 1)];
        bool named = places[0] < 0;
        int most = places.Max() + 1, width = 0;
        foreach ((long line, List<string> fields) in rows)
        {
            if (named && width == 0)
            {
                width = fields.Count;
                places = [.. columns.Select(column => Find(file, line, fields, column))];
                continue;
            }
            if (named ? fields.Count != width : fields.Count < most)
                throw Bad(file, line, named
                    ? $"has {Count(fields)}, but the first line names {width}; {(format == TableFormat.Csv ? "a field with commas needs quotes around it" : "a row is one line, and a field has no tabs")}"
                    : $"has {Count(fields)}, but column {most} is asked for");
            yield return (line, [.. places.Select(place => fields[place])]);
        }
    }

    private static int Find(string file, long line, List<string> names, string column)
    {
        int place = names.IndexOf(column);
        if (place < 0)
            throw Bad(file, line, $"has no column '{column}'; it names {Shown(names)}. Give one of them, or numbers from 1 where this is no line of names");
        return names.LastIndexOf(column) == place ? place : throw Bad(file, line, $"names '{column}' twice; give each column a name of its own");
    }

    /// <summary>The number that a column is; 0 for a name.</summary>
    private static int NumberOf(string column) => int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : 0;

    private static string Count(List<string> fields) => fields.Count == 1 ? "1 field" : FormattableString.Invariant($"{fields.Count} fields");

    private static string Shown(List<string> names)
    {
        const int most = 12, length = 40;
        return string.Join(", ", names.Take(most).Select(name => $"'{(name.Length > length ? name[..length] + "…" : name)}'")) + (names.Count > most ? ", …" : "");
    }

    /// <summary>What is wrong with a row, named by file and line, or by the row's number where a file has no lines.</summary>
    public static InvalidDataException Bad(string file, long line, string problem)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(FormattableString.Invariant($"{file}, {(ParquetRows.Is(file) ? "row" : "line")} {line}: {problem}"));
    }

    /// <summary>Pieces of characters as one text. It belongs to one enumeration, and ends that.</summary>
    private sealed class PieceReader(IEnumerable<ReadOnlyMemory<char>> pieces) : TextReader
    {
        private readonly IEnumerator<ReadOnlyMemory<char>> _pieces = pieces.GetEnumerator();
        private ReadOnlyMemory<char> _piece;
        private int _next;

        public override int Peek()
        {
            while (_next == _piece.Length)
            {
                if (!_pieces.MoveNext())
                    return -1;
                (_piece, _next) = (_pieces.Current, 0);
            }
            return _piece.Span[_next];
        }

        public override int Read()
        {
            int character = Peek();
            _next += character < 0 ? 0 : 1;
            return character;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _pieces.Dispose();
            base.Dispose(disposing);
        }
    }
}
