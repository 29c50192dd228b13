using System.Text.Json;
using System.Text.Json.Serialization;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Weft.Data.Tests.Readers;

/// <summary>Parquet as the readers of rows see it. Files are written by Parquet.Net's own means, which take values apart, and one by DuckDB.</summary>
public sealed class ParquetRowsTests
{
    /// <summary>Four rows in two row groups, by DuckDB 1.5, compressed by Zstandard; what they hold stands below as DuckDB writes it in JSON, but for the zone.</summary>
    private const string OfDuckDb = """
        UEFSMRUAFUwVSiwVCBUAFQYVBgAAKLUv/SAm5QAAoAIAAAAIAQEAAgADAAQAAAAAAAAAAxQAAxhzARUAFYwBFU4sFQgVABUGFQYAACi1L/0gRvUAAKAhAAAAQQ0ABwAAAFplaWxlIDEzNAMAYAuXzY
        vACBUAFSwVPiwVCBUAFQYVBgAAKLUv/SAWsQAAAgAAAAgBAAAAPwAAgD8AAMA/AAAAQBUAFQ4VICwVCBUAFQYVBgAAKLUv/SAHOQAAAgAAAAgBChUAFSwVPiwVCBUAFQYVBgAAKLUv/SAWsQAAAgAA
        AAgBGQAAADIAAABLAAAAZAAAABUAFSwVPiwVCBUAFQYVBgAAKLUv/SAWsQAAAgAAAAgBRk0AAEdNAABITQAASU0AABUAFUwVOiwVCBUAFQYVBgAAKLUv/SAmpQAAcAIAAAAIASDpuDRuEgYAAQADix
        IVABX+ARVqLBUQFQAVBhUGAAAotS/9IH9lAQAkAiEAAABBqgACAAAAEAQEAAAAdXNlcgkAAABhc3Npc3RhbnQCABOnNESwBRUAFb4DFZYBLBUQFQAVBhUGAAAotS/9IN8VAgDkAiEAAABBqgBjAAAA
        CgRBIwEACgAAAFdhcyBpc3QgMT8FAAAA5ZeoIDEyMjM/NDQHAKAQSHEIOAOFqJNrCiYkAiMVABWAAhVaLBUQFQAVBhUGAAAotS/9IIAlAQCwIQAAAEHGAEE77QEAAABhAgAAAGIxNAUALpsDPABBpF
        Ymgi0VAhn8EDUAGA1kdWNrZGJfc2NoZW1hFRIAFQQlAhgBbiUkABUMJQIYBHRleHQlAAAVCCUCGAVzY29yZQAVACUCGARmbGFnABUCJQIYBXByaWNlJQoVBBUMLFwVBBUMAAAAFQIlAhgDZGF5JQwA
        FQQlAhgCYXQlFEyMERwsAAAAAAA1AhgIbWVzc2FnZXMVAhUGADUEGARsaXN0FQIANQIYB2VsZW1lbnQVBAAVDCUCGARyb2xlJQAAFQwlAhgHY29udGVudCUAADUCGAR0YWdzFQIVBgA1BBgEbGlzdB
        UCABUMJQIYB2VsZW1lbnQlAAAWCBkcGawmABwVBBkVABkYAW4VDBYIFm4WbCYIPBgIBAAAAAAAAAAYCAEAAAAAAAAAFgAoCAQAAAAAAAAAGAgBAAAAAAAAABERAAAAJgAcFQwZFQAZGAR0ZXh0FQwW
        CBawARZyJnQ8GAdaZWlsZSA0GAdaZWlsZSAxFgIoB1plaWxlIDQYB1plaWxlIDEREQAAACYAHBUIGRUAGRgFc2NvcmUVDBYIFk4WYCbmATwYBAAAAEAYBAAAAD8WACgEAAAAQBgEAAAAPxERAAAAJg
        AcFQAZFQAZGARmbGFnFQwWCBYwFkImxgI8GAEBGAEAFgAoAQEYAQAREQAAACYAHBUCGRUAGRgFcHJpY2UVDBYIFk4WYCaIAzwYBGQAAAAYBBkAAAAWACgEZAAAABgEGQAAABERAAAAJgAcFQIZFQAZ
        GANkYXkVDBYIFk4WYCboAzwYBElNAAAYBEZNAAAWACgESU0AABgERk0AABERAAAAJgAcFQQZFQAZGAJhdBUMFggWbhZcJsgEPBgIIOm4NG4SBgAYCCDpuDRuEgYAFgAoCCDpuDRuEgYAGAgg6bg0bh
        IGABERAAAAJgAcFQwZFQAZSAhtZXNzYWdlcwRsaXN0B2VsZW1lbnQEcm9sZRUMFhAWogIWjgEmpAU8GAR1c2VyGAlhc3Npc3RhbnQWACgEdXNlchgJYXNzaXN0YW50EREAAAAmABwVDBkVABlICG1l
        c3NhZ2VzBGxpc3QHZWxlbWVudAdjb250ZW50FQwWEBbkAxa8ASayBjwYBeWXqCA0GApXYXMgaXN0IDE/FgIoBeWXqCA0GApXYXMgaXN0IDE/EREAAAAmABwVDBkVABk4BHRhZ3MEbGlzdAdlbGVtZW
        50FQwWEBakAhZ+Ju4HPBgCYjQYAWEWCCgCYjQYAWEREQAAABbQDRYIJggW5AgAKChEdWNrREIgdmVyc2lvbiB2MS41LjYgKGJ1aWxkIDA2OWNjOWY5YjUpGawcAAAcAAAcAAAcAAAcAAAcAAAcAAAc
        AAAcAAAcAAAA+gMAAFBBUjE=
        """;

    private const string OfDuckDbAsJson = """
        {"n":1,"text":"Zeile 1","score":0.5,"flag":false,"price":0.25,"day":"2024-02-29","at":"2024-02-28T10:00:00.5Z","messages":[{"role":"user","content":"Was ist 1?"},{"role":"assistant","content":"嗨 1"}],"tags":["a",null,"b1"]}
        {"n":2,"text":null,"score":1.0,"flag":true,"price":0.5,"day":"2024-03-01","at":"2024-02-28T10:00:00.5Z","messages":[{"role":"user","content":"Was ist 2?"},{"role":"assistant","content":"嗨 2"}],"tags":null}
        {"n":3,"text":"Zeile 3","score":1.5,"flag":false,"price":0.75,"day":"2024-03-02","at":"2024-02-28T10:00:00.5Z","messages":[{"role":"user","content":"Was ist 3?"},{"role":"assistant","content":null}],"tags":[]}
        {"n":4,"text":"Zeile 4","score":2.0,"flag":true,"price":1.0,"day":"2024-03-03","at":"2024-02-28T10:00:00.5Z","messages":[{"role":"user","content":"Was ist 4?"},{"role":"assistant","content":"嗨 4"}],"tags":["a",null,"b4"]}
        """;

    [Fact]
    public void Rows_that_another_program_wrote_are_those_that_it_reads()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.parquet", Convert.FromBase64String(OfDuckDb.ReplaceLineEndings("")));
        string[] expected = OfDuckDbAsJson.Split('\n', StringSplitOptions.TrimEntries);
        (long Line, JsonElement Row)[] rows = Rows(file);
        Assert.Equal([1L, 2, 3, 4], rows.Select(row => row.Line));
        for (int i = 0; i < expected.Length; i++)
            Same(expected[i], rows[i].Row);
    }

    [Theory]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.None)]
    public async Task Lists_and_structs_are_put_together_as_they_were(CompressionMethod compression)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        Example[] rows = [.. Enumerable.Range(0, 300).Select(i => Example.Of(random, i))];
        string file = folder.File("rows.bin");
        await ParquetSerializer.SerializeAsync(rows, file, new() { CompressionMethod = compression, RowGroupSize = 77 });
        (long Line, JsonElement Row)[] read = Rows(file);
        Assert.Equal(rows.Length, read.Length);
        for (int i = 0; i < rows.Length; i++)
            Same(JsonSerializer.Serialize(rows[i]), read[i].Row);
    }

    [Fact]
    public async Task Scalars_have_the_shape_that_JSON_gives_them()
    {
        using var folder = new TemporaryFolder();
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        var time = new DateTime(2024, 2, 29, 23, 59, 58, 125, DateTimeKind.Utc);
        Column[] columns =
        [
            Column.Of<sbyte>("sbyte", -5, "-5"), Column.Of<byte>("byte", 250, "250"), Column.Of<short>("short", -300, "-300"), Column.Of<ushort>("ushort", 65535, "65535"),
            Column.Of("int", int.MinValue, "-2147483648"), Column.Of("uint", uint.MaxValue, "4294967295"), Column.Of("long", long.MinValue, "-9223372036854775808"),
            Column.Of("ulong", ulong.MaxValue, "18446744073709551615"), Column.Of("float", 0.1f, "0.1"), Column.Of("double", 1e-7, "1E-07"), Column.Of("nan", double.NaN, "null"),
            Column.Of("infinite", float.NegativeInfinity, "null"), Column.Of("bool", true, "true"), Column.Of("guid", id, $"\"{id}\""),
            Column.Of(new DecimalDataField("decimal", 9, 2), 12.34m, "12.34"),
            Column.Of(new DateTimeDataField("date", DateTimeFormat.Date), time.Date, "\"2024-02-29\""),
            Column.Of(new DateTimeDataField("zoned", DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Millis), time, "\"2024-02-29T23:59:58.125Z\""),
            Column.Of(new DateTimeDataField("local", DateTimeFormat.Timestamp, isAdjustedToUTC: false, unit: DateTimeTimeUnit.Millis), time, "\"2024-02-29T23:59:58.125\""),
        ];
        string file = await Write(folder, "a.parquet", columns);
        JsonElement row = Assert.Single(Rows(file)).Row;
        Assert.Equal(columns.Select(column => (column.Field.Name, column.Json)), row.EnumerateObject().Select(value => (value.Name, value.Value.GetRawText())));
    }

    [Fact]
    public async Task Every_reader_of_rows_takes_Parquet_whatever_the_files_name()
    {
        using var folder = new TemporaryFolder();
        string labels = folder.File("labels.csv"), sharegpt = folder.File("b.parquet"), chats = folder.File("c.jsonl"), tagged = folder.File("d");
        await ParquetSerializer.SerializeAsync<Labelled>([new() { Label = 1, Text = "yes, \"sure\"" }, new() { Label = 0, Text = "no" }], labels);
        Assert.Equal(TableFormat.Parquet, TableFiles.FormatOf(labels));
        TableRow[] rows = [.. TableFiles.Read([labels], ["text", "label"], other: (key, value) => key == "label" ? value.GetRawText() : null)];
        Assert.Equal([["yes, \"sure\"", "1"], ["no", "0"]], rows.Select(row => row.Values));
        Assert.Equal([$"{labels}#1", $"{labels}#2"], rows.Select(row => row.Source));

        await ParquetSerializer.SerializeAsync<ShareGpt>([new() { Conversations = [new() { From = "human", Value = "q" }, new() { From = "gpt", Value = "a" }] }], sharegpt);
        await ParquetSerializer.SerializeAsync<Chat>([new() { Messages = [new() { Role = "system", Content = "s" }, new() { Role = "user", Content = "q" }, new() { Role = "assistant", Content = "a" }] }], chats);
        Conversation[] conversations = [.. ConversationFiles.Read([sharegpt, chats], new())];
        Assert.Equal(["user:q assistant:a", "system:s user:q assistant:a"], conversations.Select(conversation => string.Join(' ', conversation.Turns.Select(turn => $"{turn.Role}:{turn.Text}"))));
        Assert.All(conversations, conversation => Assert.Null(conversation.Problem));

        await ParquetSerializer.SerializeAsync<Tagged>([new() { Tokens = ["Ada", "wrote"], Tags = [1, 0] }], tagged);
        TaggedSentence sentence = Assert.Single(TaggedFiles.ReadLists([tagged], "tokens", "ner_tags"));
        Assert.Equal(["Ada", "wrote"], sentence.Words);
        Assert.Equal(["1", "0"], sentence.Tags);
        Assert.Equal($"{tagged}#1", sentence.Source);
    }

    [Fact]
    public async Task What_a_row_lacks_is_named_by_file_and_row()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a.parquet");
        await ParquetSerializer.SerializeAsync<Labelled>([new() { Label = 1, Text = "a" }, new() { Label = 0 }], file, new() { RowGroupSize = 1 });
        Assert.Equal($"{file}, row 2: has a JSON Null at 'text', where a text was expected", Refused(() => TableFiles.Read([file], ["text"]).ToArray()));
        Assert.Equal($"{file}: has no column 'texts'; it has 'label', 'text'", Refused(() => TableFiles.Read([file], ["texts"]).ToArray()));
        Assert.StartsWith($"{file}, row 1: is no conversation that is known", Refused(() => ConversationFiles.Read([file], new()).ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_of_other_types_are_named_and_do_no_harm_where_they_are_not_read()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a.parquet");
        await ParquetSerializer.SerializeAsync<Strange>([new() { Text = "t", Inner = new() { Scores = new() { ["a"] = 1 } }, Bytes = [0xff, 0xfe] }], file);
        Assert.Equal($"{file}: column 'inner.scores' holds maps, which are not read; leave the column out, or write it as text", Refused(() => Rows(file)));
        Assert.Contains($"{file}, row 1: cannot be read (column 'bytes' holds bytes that are no text in UTF-8)", Refused(() => TableFiles.Read([file], ["bytes"]).ToArray()), StringComparison.Ordinal);
        Assert.Equal(["t"], TableFiles.Read([file], ["text"]).Select(row => row.Values[0]));
    }

    [Fact]
    public void A_file_that_was_cut_off_is_refused_wherever_that_was()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Convert.FromBase64String(OfDuckDb.ReplaceLineEndings(""));
        for (int length = 0; length < whole.Length; length += length < 20 || length > whole.Length - 20 ? 1 : 13)
        {
            string file = folder.Write("a.parquet", whole[..length]);
            Assert.StartsWith(file, Refused(() => Rows(file)), StringComparison.Ordinal);
        }
        string packed = folder.Write("a.parquet.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.EndsWith("unpack it, for Parquet is compressed inside", Refused(() => Rows(packed)), StringComparison.Ordinal);
    }

    /// <summary>What stands in a file may be anything; it may not end a program in another way than as bad data.</summary>
    [Fact]
    public void Damaged_bytes_are_bad_data_or_other_values()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Convert.FromBase64String(OfDuckDb.ReplaceLineEndings(""));
        int refused = 0;
        for (int at = 4; at < whole.Length; at += 3)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x55;
            string file = folder.Write("a.parquet", damaged);
            if (Record.Exception(() => Rows(file)) is not { } problem)
                continue;
            Assert.IsType<InvalidDataException>(problem);
            Assert.StartsWith(file, problem.Message, StringComparison.Ordinal);
            refused++;
        }
        Assert.InRange(refused, whole.Length / 12, whole.Length);
    }

    [Fact]
    public async Task A_build_without_the_library_says_so()
    {
        const string feature = "Weft.Data.Parquet";
        using var folder = new TemporaryFolder();
        string file = folder.File("a.parquet");
        await ParquetSerializer.SerializeAsync<Labelled>([new() { Text = "a" }], file);
        AppContext.SetSwitch(feature, false);
        try
        {
            Assert.Equal($"{file}: is Parquet, which this build of machine code does not read; take the ordinary build of weft, or write the rows as JSON lines", Refused(() => Rows(file)));
        }
        finally
        {
            AppContext.SetSwitch(feature, true);
        }
        Assert.Single(Rows(file));
    }

    private static (long Line, JsonElement Row)[] Rows(string file) => [.. JsonObjects.Read(file).Select(found => (found.Line, found.Row.Clone()))];

    private static string Refused(Func<object> read) => Assert.Throws<InvalidDataException>(() => read()).Message;

    private static void Same(string expected, JsonElement actual)
    {
        using JsonDocument json = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(json.RootElement, actual), $"expected {expected}\nfound    {actual.GetRawText()}");
    }

    private static async Task<string> Write(TemporaryFolder folder, string name, IReadOnlyList<Column> columns)
    {
        string file = folder.File(name);
        await using FileStream stream = File.Create(file);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(column => column.Field)), stream);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        foreach (Column column in columns)
            await column.Write(group);
        return file;
    }

    /// <summary>A column of one value, and what that is in JSON.</summary>
    private sealed record Column(DataField Field, Func<ParquetRowGroupWriter, Task> Write, string Json)
    {
        public static Column Of<T>(string name, T value, string json)
            where T : struct => Of(new DataField<T>(name), value, json);

        public static Column Of<T>(DataField field, T value, string json)
            where T : struct => new(field, group => group.WriteAsync<T>(field, new ReadOnlyMemory<T>([value])), json);
    }

#pragma warning disable CA1812 // Made by the serializer.
    private sealed class Example
    {
        public int Number { get; set; }

        public string? Text { get; set; }

        public double? Score { get; set; }

        public List<Turn>? Turns { get; set; }

        public List<string>? Words { get; set; }

        public Nested? Inner { get; set; }

        public static Example Of(Random random, int number) => new()
        {
            Number = number,
            Text = Maybe(random, () => $"text {number} é嗨"),
            Score = random.Next(4) == 0 ? null : random.Next(100) / 4.0,
            Turns = Maybe(random, () => Enumerable.Range(0, random.Next(4)).Select(i => Turn.Of(random, i)).ToList()),
            Words = Maybe(random, () => Enumerable.Range(0, random.Next(4)).Select(i => $"w{i}").ToList()),
            Inner = Maybe(random, () => new Nested { Name = Maybe(random, () => $"n{number}"), Turns = Maybe(random, () => Enumerable.Range(0, random.Next(3)).Select(i => Turn.Of(random, i)).ToList()) }),
        };

        private static T? Maybe<T>(Random random, Func<T> make)
            where T : class => random.Next(4) == 0 ? null : make();
    }

    private sealed class Nested
    {
        public string? Name { get; set; }

        public List<Turn>? Turns { get; set; }
    }

    private sealed class Turn
    {
        [JsonPropertyName("role")]
        public string? Role { get; set; }

        [JsonPropertyName("content")]
        public string? Content { get; set; }

        [JsonPropertyName("weights")]
        public List<int>? Weights { get; set; }

        public static Turn Of(Random random, int number) => new()
        {
            Role = random.Next(5) == 0 ? null : $"r{number}",
            Content = $"c{random.Next(9)}",
            Weights = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(3))],
        };
    }

    private sealed class Labelled
    {
        [JsonPropertyName("label")]
        public int Label { get; set; }

        [JsonPropertyName("text")]
        public string? Text { get; set; }
    }

    private sealed class Message
    {
        [JsonPropertyName("role")]
        public string? Role { get; set; }

        [JsonPropertyName("content")]
        public string? Content { get; set; }
    }

    private sealed class Chat
    {
        [JsonPropertyName("messages")]
        public List<Message>? Messages { get; set; }
    }

    private sealed class Said
    {
        [JsonPropertyName("from")]
        public string? From { get; set; }

        [JsonPropertyName("value")]
        public string? Value { get; set; }
    }

    private sealed class ShareGpt
    {
        [JsonPropertyName("conversations")]
        public List<Said>? Conversations { get; set; }
    }

    private sealed class Tagged
    {
        [JsonPropertyName("tokens")]
        public List<string>? Tokens { get; set; }

        [JsonPropertyName("ner_tags")]
        public List<long>? Tags { get; set; }
    }

    private sealed class Strange
    {
        [JsonPropertyName("text")]
        public string? Text { get; set; }

        [JsonPropertyName("inner")]
        public Mapped? Inner { get; set; }

        [JsonPropertyName("bytes")]
        public byte[]? Bytes { get; set; }
    }

    private sealed class Mapped
    {
        [JsonPropertyName("scores")]
        public Dictionary<string, int>? Scores { get; set; }
    }
#pragma warning restore CA1812
}
