using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Weft.Data.Tests.Readers;

public sealed class ConversationFilesTests
{
    public static TheoryData<string, string> Layouts => new()
    {
        { "a.jsonl", """{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}""" },
        { "b.json", """[{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "id": "1"}]""" },
        { "c.jsonl", """{"system": "s", "conversations": [{"from": "user", "value": "q"}, {"from": "assistant", "value": "a"}], "tools": []}""" },
        { "d.json", """  [ {"instruction": "q", "input": "", "output": "a", "system": "s"} ]  """ },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Layouts_are_recognised_and_say_the_same(string name, string text)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(name, text);
        Conversation conversation = Assert.Single(ConversationFiles.Read([file], new()));
        Assert.Equal([("system", "s"), ("user", "q"), ("assistant", "a")], conversation.Turns.Select(turn => (turn.Role, turn.Text)));
        Assert.Equal(($"{file}#1", (string?)null), (conversation.Source, conversation.Problem));
    }

    [Fact]
    public void Columns_are_taken_by_name_or_number_from_every_table()
    {
        using var folder = new TemporaryFolder();
        string[] files =
        [
            folder.Write("a.csv", "response,prompt\n\"a,\n1\",q1\n"), folder.Write("b.tsv", "prompt\tresponse\nq2\ta2\n"), folder.Write("c.jsonl", "{\"prompt\": \"q3\", \"response\": \"a3\"}\n"),
        ];
        Assert.Equal(["q1>a,\n1", "q2>a2", "q3>a3"], ConversationFiles.Read(files, new()).Select(Short));
        string numbered = folder.Write("d.tsv", "a4\tq4\n");
        Assert.Equal(["q4>a4"], ConversationFiles.Read([numbered], new() { Prompt = "2", Response = "1" }).Select(Short));
        string named = folder.Write("e.json", "[{\"question\": \"q5\", \"reply\": \"a5\"}]");
        Assert.Equal(["q5>a5"], ConversationFiles.Read([named], new() { Prompt = "question", Response = "reply" }).Select(Short));

        static string Short(Conversation conversation) => string.Join('>', conversation.Turns.Select(turn => turn.Text));
    }

    [Fact]
    public void Arrays_are_read_item_by_item_with_the_line_of_each_also_compressed()
    {
        using var folder = new TemporaryFolder();
        const string text = "\ufeff[\r\n  {\"instruction\": \"a ] \\\" , {\",\r\n   \"output\": \"x\", \"more\": [{\"n\": [1, 2]}]},\n\n  {\"instruction\": \"b\", \"input\": \"c\", \"output\": \"y\"}\r\n]\n";
        string file = folder.File("a.json.gz");
        using (var stream = new GZipStream(File.Create(file), CompressionLevel.Fastest))
            stream.Write(Encoding.UTF8.GetBytes(text));
        Conversation[] read = [.. ConversationFiles.Read([file], new())];
        Assert.Equal(["a ] \" , {", "b\n\nc"], read.Select(conversation => conversation.Turns[0].Text));
        Assert.Equal([$"{file}#2", $"{file}#5"], read.Select(conversation => conversation.Source));
        // As a reader that holds all of it has them.
        string plain = folder.Write("b.json", text);
        using JsonDocument whole = JsonDocument.Parse(text.TrimStart('\ufeff'));
        Assert.Equal(whole.RootElement.EnumerateArray().Select(row => row.GetProperty("output").GetString()), ConversationFiles.Read([plain], new()).Select(conversation => conversation.Turns[1].Text));
        // Tables of other columns come as arrays, too.
        Assert.Equal(["x", "y"], TableFiles.Read([plain], ["output"]).Select(row => row.Values[0]));
    }

    [Fact]
    public void Answers_of_weight_0_are_not_learnt()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.jsonl", """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "b", "weight": 1}]}""");
        Assert.Equal([true, false, true, true], Assert.Single(ConversationFiles.Read([file], new())).Turns.Select(turn => turn.IsLearnt));
    }

    [Theory]
    [InlineData("""[{"role": "user", "content": "q"}]""", "ends with a turn of the user, which nobody answers")]
    [InlineData("""[{"role": "system", "content": "s"}]""", "has no turn of a user")]
    [InlineData("[]", "has no turn of a user")]
    [InlineData("""[{"role": "user", "content": "q"}, {"role": "assistant", "content": "  "}]""", "has an empty answer at turn 2")]
    [InlineData("""[{"role": "user", "content": ""}, {"role": "assistant", "content": "a"}]""", "has an empty question at turn 1")]
    [InlineData("""[{"role": "assistant", "content": "a"}]""", "has 'assistant' at turn 1, where 'user' was expected")]
    [InlineData("""[{"role": "user", "content": "q"}, {"role": "user", "content": "r"}, {"role": "assistant", "content": "a"}]""", "has 'user' at turn 2, where 'assistant' was expected")]
    [InlineData("""[{"role": "user", "content": "q"}, {"role": "system", "content": "s"}]""", "has 'system' at turn 2, where 'assistant' was expected")]
    [InlineData("""[{"role": "user", "content": "q"}, {"role": "assistant", "content": null, "tool_calls": [{}]}, {"role": "tool", "content": "1"}]""", "has tools or calls them, which is not learnt here")]
    [InlineData("""[{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}]""", "has no answer to learn: all of them have the weight 0")]
    public void Conversations_that_teach_nothing_say_why(string messages, string problem)
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith(problem, Assert.Single(ConversationFiles.Read([folder.Write("a.jsonl", $"{{\"messages\": {messages}}}")], new())).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"messages\": []}\n{\"text\": \"x\"}", "line 2: has no key 'messages'; it has 'text'")]
    [InlineData("a.jsonl", "{\"text\": \"x\"}", "line 1: is no conversation that is known: 'messages', 'conversations', 'instruction' and 'output', or 'prompt' and 'response' were expected; it has 'text'")]
    [InlineData("a.jsonl", "{\"messages\": \"x\"}", "line 1: has something else at 'messages' than an array of objects")]
    [InlineData("a.jsonl", "{\"messages\": [{\"content\": \"x\"}]}", "line 1: has no key 'role'; it has 'content'")]
    [InlineData("a.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": [1]}]}", "line 1: has a JSON Array at 'content', where a text was expected")]
    [InlineData("a.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"q\", \"weight\": 0.5}]}", "line 1: has the weight 0.5; write 0 or 1")]
    [InlineData("a.json", "[{\"messages\": []},\n{\"messages\": []}", "line 1: begins a JSON array that never ends")]
    [InlineData("a.json", "[{\"messages\": []}]\n]", "line 2: goes on after the JSON array has ended")]
    [InlineData("a.json", "[{\"messages\": []},\n 3]", "line 2: holds a JSON Number, where an object was expected")]
    [InlineData("a.json", "[]", "a.json: holds no row")]
    [InlineData("a.csv", "prompt,answer\nq,a\n", "line 1: has no column 'response'; it names 'prompt', 'answer'")]
    public void What_is_no_conversation_is_refused_with_file_and_line(string name, string text, string problem)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => ConversationFiles.Read([folder.Write(name, text)], new()).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_of_JSON_is_refused_for_tables()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.csv", "messages\nx\n");
        Assert.Contains("tables have conversations in columns", Assert.Throws<InvalidDataException>(() => ConversationFiles.Read([file], new() { Layout = ConversationLayout.Messages }).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_instructions_are_read_whole()
    {
        Conversation[] read = [.. ConversationFiles.Read([TestAssets.Require("datasets/rasbt/instruction-data.json")], new())];
        Assert.Equal(1100, read.Length);
        Assert.Equal("Evaluate the following phrase by transforming it into the spelling given.\n\nfreind --> friend", read[0].Turns[0].Text);
        Assert.Equal("45 kilometers is 45000 meters.", read[2].Turns[1].Text);
    }
}
