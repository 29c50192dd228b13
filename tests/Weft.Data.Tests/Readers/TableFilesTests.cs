using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Weft.Data.Tests.Readers;

public class TableFilesTests
{
    [Fact]
    public void Columns_are_found_by_name_in_any_order()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "pairs.tsv", "id\ten\tde\r\n1\tA \"dog\".\tEin Hund.\r\n\r\n2\t\tleer\r\n3\tlast\tletzte");
        TableRow[] rows = [.. TableFiles.Read([file], ["de", "en"])];
        Assert.Equal([["Ein Hund.", "A \"dog\"."], ["leer", ""], ["letzte", "last"]], rows.Select(row => row.Values));
        Assert.Equal([$"{file}#2", $"{file}#4", $"{file}#5"], rows.Select(row => row.Source));
    }

    [Fact]
    public void Numbers_stand_for_columns_of_files_without_names_and_further_columns_do_no_harm()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "a.txt", "Hi.\t嗨。\tCC\nRun.\t跑\n");
        Assert.Equal([["嗨。", "Hi."], ["跑", "Run."]], TableFiles.Read([file], ["2", "1"], TableFormat.Tsv).Select(row => row.Values));
    }

    [Fact]
    public void Values_of_JSON_that_are_no_texts_are_read_where_the_caller_knows_how()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "a.jsonl", "{\"t\": \"x\", \"n\": 0.50}\n{\"t\": \"y\", \"n\": [1, \"b\"]}\n{\"t\": 3, \"n\": \"c\"}");
        IEnumerable<TableRow> rows = TableFiles.Read([file], ["t", "n"], other: (key, value) => key != "n" ? null
            : value.ValueKind == JsonValueKind.Array ? string.Join('+', value.EnumerateArray().Select(item => item.ToString())) : value.GetRawText());
        Assert.Equal([["x", "0.50"], ["y", "1+b"]], rows.Take(2).Select(row => row.Values));
        Assert.Contains($"{file}, line 3: has a JSON Number at 't', where a text was expected", Assert.Throws<InvalidDataException>(() => rows.ToArray()).Message, StringComparison.Ordinal);
    }

    /// <summary>RFC 4180, section 2, and a field of quotes alone.</summary>
    [Fact]
    public void Quoted_fields_of_csv_hold_commas_quotes_and_line_ends()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "a.csv", "name,text\r\n\"aaa\",\"b \r\nbb\"\r\nzzz,\"b\"\"bb, c\"\r\n,\"\"\"\"\n\"\",\"\"\nlast,\"x\ny\nz\"\nend,e");
        TableRow[] rows = [.. TableFiles.Read([file], ["name", "text"])];
        Assert.Equal([["aaa", "b \r\nbb"], ["zzz", "b\"bb, c"], ["", "\""], ["", ""], ["last", "x\ny\nz"], ["end", "e"]], rows.Select(row => row.Values));
        // The line on which each row begins.
        Assert.Equal([2, 4, 5, 6, 7, 10], rows.Select(row => int.Parse(row.Source.Split('#')[^1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void What_others_quote_is_read_back()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        const string letters = "ab,\"\n\r\t é嗨";
        string Field() => string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => letters[random.Next(letters.Length)]));
        string[][] rows = [.. Enumerable.Range(0, 500).Select(_ => new[] { Field(), Field(), Field() })];
        string text = "a,b,c\n" + string.Concat(rows.Select(row => string.Join(',', row.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\r\n"));
        Assert.Equal(rows, TableFiles.Read([Write(folder, "a.csv", text)], ["a", "b", "c"]).Select(row => row.Values));
    }

    [Fact]
    public void Json_lines_are_read_by_key_also_compressed()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a.jsonl.gz");
        using (var stream = new GZipStream(File.Create(file), CompressionLevel.Fastest))
            stream.Write(Encoding.UTF8.GetBytes("{\"text\":\"a\\nb\",\"n\":1}\n\n{\"n\":2,\"text\":\"\\u55e8\"}"));
        TableRow[] rows = [.. TableFiles.Read([file], ["text"])];
        Assert.Equal(["a\nb", "嗨"], rows.Select(row => row.Values[0]));
        Assert.Equal([$"{file}#1", $"{file}#3"], rows.Select(row => row.Source));
    }

    [Theory]
    [InlineData("a.tsv", "en\tde\nx\ty\n", "fr", "line 1: has no column 'fr'; it names 'en', 'de'")]
    [InlineData("a.tsv", "en\ten\nx\ty\n", "en", "line 1: names 'en' twice")]
    [InlineData("a.tsv", "en\tde\nx\ty\n\nz\n", "en", "line 4: has 1 field, but the first line names 2")]
    [InlineData("a.csv", "en,de\n\"x\n\",y\na, b, c\n", "en", "line 4: has 3 fields, but the first line names 2; a field with commas needs quotes")]
    [InlineData("a.csv", "x\ny,z\n", "2", "line 1: has 1 field, but column 2 is asked for")]
    [InlineData("a.csv", "en,de\na,b\n\"never\nends,c\n", "en", "line 3: begins a field in quotes, 'never ends,c ', that never ends")]
    [InlineData("a.csv", "en,de\n\"a\" b,c\n", "en", "line 2: has ' ' after the quotes that end the field 'a'")]
    [InlineData("a.csv", "en,de\na \"b\",c\n", "en", "line 2: has a quote inside the field 'a '")]
    [InlineData("a.jsonl", "{\"en\":\"x\"}\n{\"de\":\"y\"}\n", "en", "line 2: has no key 'en'; it has 'de'")]
    [InlineData("a.jsonl", "{\"en\":1}\n", "en", "line 1: has a JSON Number at 'en'")]
    [InlineData("a.jsonl", "{\"en\":\"x\"}\n[1]\n", "en", "line 2: holds a JSON Array")]
    [InlineData("a.jsonl", "{\"en\":\"x\"}\n\n{\"en\":\n", "en", "line 3: is no JSON")]
    [InlineData("a.jsonl", "{\"en\":\"\\u0000\"}\n", "en", "line 1: has a NUL at 'en'")]
    [InlineData("a.txt", "en\n", "en", "the name does not say whether this is a table")]
    public void What_is_wrong_is_said_with_file_and_line(string name, string text, string column, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, name, text);
        string message = Assert.Throws<InvalidDataException>(() => TableFiles.Read([file], [column]).ToArray()).Message;
        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_numbers_are_not_mixed() =>
        Assert.Contains("columns are en, 2", Assert.Throws<ArgumentException>(() => TableFiles.Read([], ["en", "2"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Tables_of_others_are_read_whole()
    {
        TableRow[] reviews = [.. TableFiles.Read([TestAssets.Require("datasets/zh_sentiment/ChnSentiCorp_htl_all.csv.gz")], ["label", "review"])];
        Assert.All(reviews, row => Assert.True(row.Values[0] is "0" or "1"));
        Assert.Equal(7766, reviews.Length);
        string problems = TestAssets.Require("datasets/humaneval/HumanEval.jsonl.gz");
        TableRow[] rows = [.. TableFiles.Read([problems], ["task_id", "prompt"])];
        Assert.Equal(164, rows.Length);
        using var reader = new StreamReader(new GZipStream(File.OpenRead(problems), CompressionMode.Decompress));
        using JsonDocument first = JsonDocument.Parse(reader.ReadLine()!);
        Assert.Equal(first.RootElement.GetProperty("prompt").GetString(), rows[0].Values[1]);
        Assert.Equal(26240, TableFiles.Read([TestAssets.Require("datasets/zh_en_tatoeba/cmn.train.txt.gz")], ["1", "2"], TableFormat.Tsv).Count());
    }

    private static string Write(TemporaryFolder folder, string name, string text)
    {
        File.WriteAllText(folder.File(name), text);
        return folder.File(name);
    }
}
