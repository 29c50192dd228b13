using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Data;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>Reads the rows of a file, plain or compressed by gzip.</summary>
public static partial class RowFile
{
    /// <summary>JSON objects, one a line; empty lines are none. Or the rows of a Parquet file.</summary>
    /// <exception cref="InvalidDataException">A line is no JSON object, or the file is neither text nor sound Parquet; the message names file and line.</exception>
    public static IEnumerable<Row> JsonLines(string path) => ParquetRows.Is(path)
        ? ParquetRows.Read(path).Select(found => new Row(FormattableString.Invariant($"file '{path}', row {found.Row}"), JsonObject.Create(found.Values.Clone())!))
        : JsonObjects(path);

    private static IEnumerable<Row> JsonObjects(string path)
    {
        int number = 0;
        foreach (string line in Lines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                yield return new(Place(path, number), ParseObject(path, number, line));
        }
    }

    /// <summary>Comma-separated fields, whose names are the first line.</summary>
    public static IEnumerable<Row> NamedCsv(string path)
    {
        List<string>? names = null;
        foreach ((long line, List<string> fields) in Csv(path))
        {
            if (names is null)
            {
                names = fields;
                continue;
            }
            if (fields.Count != names.Count)
                throw new InvalidDataException($"{Place(path, line)}: it has {fields.Count} fields, but the first line names {names.Count}; correct the row");
            yield return new(Place(path, line), new JsonObject(names.Zip(fields, (name, field) => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(field)))));
        }
    }

    /// <summary>Comma-separated fields without names. MMLU's have quotes inside fields without quotes around them.</summary>
    public static IEnumerable<Row> UnnamedCsv(string path) =>
        Csv(path).Select(row => new Row(Place(path, row.Line), new JsonArray([.. row.Fields.Select(field => JsonValue.Create(field))])));

    /// <summary>The articles of WikiText, each a field <c>page</c>: a heading of the first level begins one.</summary>
    public static IEnumerable<Row> WikiTextPages(string path)
    {
        List<string> page = [];
        int number = 0, begin = 1;
        foreach (string line in Lines(path))
        {
            number++;
            if (Heading().IsMatch(line) && page.Any(text => !string.IsNullOrWhiteSpace(text)))
            {
                yield return Page();
                (begin, page) = (number, []);
            }
            page.Add(line);
        }
        if (page.Any(text => !string.IsNullOrWhiteSpace(text)))
            yield return Page();

        Row Page() => new(Place(path, begin), new JsonObject { ["page"] = string.Concat(page.Select(text => text + "\n")) });
    }

    /// <summary>
    /// The sentences of WinoBias: a file <c>pro_…</c> and the file <c>anti_…</c> beside it, in which the same line has the other pronoun. Fields <c>pro</c> and <c>anti</c>.
    /// </summary>
    public static IEnumerable<Row> WinoBiasPairs(string path)
    {
        string other = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileName(path).Replace("pro_stereotyped", "anti_stereotyped", StringComparison.Ordinal));
        if (!File.Exists(other))
            throw new FileNotFoundException($"file '{other}' does not exist, but WinoBias compares its sentences with those of '{path}'; put both into one folder", other);
        string[] pro = [.. Lines(path)], anti = [.. Lines(other)];
        if (pro.Length != anti.Length)
            throw new InvalidDataException($"file '{path}' has {pro.Length} lines and '{other}' {anti.Length}; each line of one belongs to the same line of the other");
        for (int i = 0; i < pro.Length; i++)
            if (!string.IsNullOrWhiteSpace(pro[i]))
                yield return new(Place(path, i + 1), new JsonObject { ["pro"] = LineNumber().Replace(pro[i], ""), ["anti"] = LineNumber().Replace(anti[i], "") });
    }

    private static string Place(string path, long line) => FormattableString.Invariant($"file '{path}', line {line}");

    private static IEnumerable<(long Line, List<string> Fields)> Csv(string path) => new CsvFields(path, new StringReader(ReadAll(path)), takesInnerQuotes: true).Read();

    /// <summary>Lines end at line feeds; other breaks are text.</summary>
    private static IEnumerable<string> Lines(string path)
    {
        string[] lines = ReadAll(path).Split('\n');
        return lines.Take(lines[^1].Length == 0 ? lines.Length - 1 : lines.Length).Select(line => line.EndsWith('\r') ? line[..^1] : line);
    }

    private static string ReadAll(string path) => string.Concat(TextDecoder.Decode(path).Select(piece => piece.ToString()));

    private static JsonObject ParseObject(string path, int number, string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject ?? throw new InvalidDataException($"{Place(path, number)}: it is no JSON object; write one row a line");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Place(path, number)}: it is no JSON ({e.Message}); write one object a line", e);
        }
    }

    [GeneratedRegex(@"^ = [^=].*[^=] = $")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\d+ ")]
    private static partial Regex LineNumber();
}
