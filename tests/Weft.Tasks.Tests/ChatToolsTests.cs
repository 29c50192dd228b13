using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.AI;
using Weft.Inference;

namespace Weft.Tasks.Tests;

public sealed class ChatToolsTests
{
    private const string Call = """<tool_call>{"name": "add", "arguments": {"a": 1, "b": "two"}}</tool_call>""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Calls, results and schemas go through Qwen's own template, whose text another program rendered.</summary>
    [Fact]
    public void A_conversation_with_tools_is_rendered_as_published()
    {
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(TestAssets.Require("chat-templates/hf-e2e.json")));
        JsonElement published = cases.RootElement.GetProperty("cases").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "Qwen/Qwen2.5-7B-Instruct");
        using TaskModel task = TaskModel.Llama(WordTokenizer.Chat).WithFile("chat_template.jinja", published.GetProperty("template").GetString()!);
        JsonElement context = published.GetProperty("context");
        var options = new ChatOptions
        {
            Tools = [.. context.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function")).Select(function => AIFunctionFactory.CreateDeclaration(
                function.GetProperty("name").GetString()!, function.GetProperty("description").GetString(), function.GetProperty("parameters")))],
        };
        JsonElement[] turns = [.. context.GetProperty("messages").EnumerateArray()];
        ChatMessage[] messages =
        [
            new(ChatRole.System, turns[0].GetProperty("content").GetString()),
            new(ChatRole.User, turns[1].GetProperty("content").GetString()),
            new(ChatRole.Assistant,
            [
                new FunctionCallContent("1", "get_current_temperature", new Dictionary<string, object?> { ["location"] = "San Francisco, CA, USA" }),
                new FunctionCallContent("2", "get_temperature_date", new Dictionary<string, object?> { ["location"] = JsonElement.Parse("\"San Francisco, CA, USA\""), ["date"] = "2024-10-01" }),
            ]),
            // Both results in one message, as the interface has it; the template has a turn for each.
            new(ChatRole.Tool, [new FunctionResultContent("1", turns[3].GetProperty("content").GetString()), new FunctionResultContent("2", turns[4].GetProperty("content").GetString())]),
        ];
        string text = new ChatPrompts(task.Model, new()).RenderText([.. messages.SelectMany(ChatTools.Turns)], ChatTools.Schemas(options));
        Assert.Equal(published.GetProperty("expected").GetString() + "<|im_start|>assistant\n", text);
        Assert.True(ToolCallText.IsAskedForBy(text));
        options.ToolMode = ChatToolMode.None;
        Assert.Null(ChatTools.Schemas(options));
    }

    [Theory]
    [InlineData("<tool_call>\n{\"arguments\": <args-dict>, \"name\": <function-name>}\n</tool_call>", true)]
    [InlineData("<tool_call>\n<function=example_function_name>", false)]
    [InlineData("<tool_call>{function-name}<arg_key>", false)]
    [InlineData("no tools", false)]
    public void Only_templates_that_ask_for_this_form_take_tools(string prompt, bool expected) => Assert.Equal(expected, ToolCallText.IsAskedForBy(prompt));

    [Fact]
    public void However_an_answer_comes_in_pieces_its_calls_and_its_text_are_told_apart() =>
        Gen.Int[1, 12].Array[0, 60].Sample(sizes =>
        {
            const string Answer = $"Let me < see. {Call}\n{Call} so <tool_";
            var text = new ToolCallText(reads: true);
            List<AIContent> contents = [];
            int at = 0;
            foreach (int size in sizes)
            {
                int end = Math.Min(Answer.Length, at + size);
                contents.AddRange(text.Append(Answer[at..end]));
                at = end;
            }
            contents.AddRange(text.Append(Answer[at..]));
            contents.AddRange(text.Flush());
            Assert.Equal("Let me < see.  so <tool_", string.Concat(contents.OfType<TextContent>().Select(content => content.Text)));
            FunctionCallContent[] calls = [.. contents.OfType<FunctionCallContent>()];
            Assert.Equal(2, calls.Length);
            Assert.All(calls, call => Assert.Equal("add", call.Name));
            Assert.All(calls, call => Assert.Equal("1 two", string.Join(' ', call.Arguments!.Values)));
            Assert.NotEqual(calls[0].CallId, calls[1].CallId);
        });

    [Theory]
    [InlineData("<tool_call>not json</tool_call>")]
    [InlineData("<tool_call>{\"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"add\"")]
    public void What_is_no_call_stays_text(string answer)
    {
        var text = new ToolCallText(reads: true);
        AIContent[] contents = [.. text.Append(answer), .. text.Flush()];
        Assert.Equal(answer, Assert.IsType<TextContent>(Assert.Single(contents)).Text);
        Assert.Equal(0, text.Count);
    }

    [Fact]
    public async Task A_call_is_an_answers_content_and_its_reason_to_end()
    {
        using TaskModel task = TaskModel.Llama(WordTokenizer.Chat).WithFile("chat_template.jinja", "{{ tools }}{% for m in messages %}{{ m.content }}{% endfor %}<tool_call>{'name'");
        using var chat = new ChatModel(task.Model);
        ChatMessage[] messages = [new(ChatRole.User, "cat")];
        async Task<ChatResponse> Answer(ChatOptions options) =>
            await chat.Answer(Tokens("Well. ", Call[..20], Call[20..]), 5, ChatRequest.Of(messages, options, new(), task.Model.Path), Token).ToChatResponseAsync(Token);
        ChatResponse called = await Answer(new() { Tools = [AIFunctionFactory.Create((int a, string b) => a + b, "add")] });
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Equal("Well. ", called.Text);
        Assert.Equal("add", Assert.Single(called.Messages[0].Contents.OfType<FunctionCallContent>()).Name);
        Assert.Equal(3, called.Usage!.OutputTokenCount);
        // Without tools, nothing is read as a call.
        ChatResponse plain = await Answer(new());
        Assert.Equal("Well. " + Call, plain.Text);
        Assert.Equal(ChatFinishReason.Stop, plain.FinishReason);
    }

    private static async IAsyncEnumerable<GeneratedToken> Tokens(params string[] pieces)
    {
        await Task.Yield();
        for (int i = 0; i < pieces.Length; i++)
            yield return new(0, pieces[i], i) { StopReason = i == pieces.Length - 1 ? StopReason.EndOfText : null };
    }
}
