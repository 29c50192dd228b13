using System.Text.Json;
using Microsoft.Extensions.AI;
using Weft.Inference;
using Weft.Model.Checkpoints;

namespace Weft.Tasks.Tests.Structured;

/// <summary>Answers of models, which know nothing of JSON, under response formats.</summary>
public sealed class ChatJsonTests
{
    private const string Template = "{% for m in messages %}{{ m.content }}\n\n{% endfor %}";

    /// <summary>Bounded, so that every answer comes to its end.</summary>
    private const string Schema = """
        {
          "type": "object",
          "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 12 },
            "age": { "type": "integer", "minimum": 0, "maximum": 130 },
            "mood": { "enum": ["good", "bad", null] },
            "scores": { "type": "array", "items": { "type": "number", "minimum": -1, "maximum": 1 }, "maxItems": 3 },
            "friend": { "anyOf": [{ "type": "null" }, { "type": "object", "properties": { "name": { "type": "string", "maxLength": 5 } }, "required": ["name"], "additionalProperties": false }] }
          },
          "required": ["name", "mood", "scores"],
          "additionalProperties": false
        }
        """;

    private static readonly ChatMessage[] Question = [new(ChatRole.User, "Once upon a time")];

    private static readonly SchemaValidator Validator = new(JsonElement.Parse(Schema));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Models => ["stories260k", "bytes"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Answers_are_JSON_of_the_schema(string model)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel loaded = Load(model, folder);
        using var chat = new ChatModel(loaded);
        HashSet<string> answers = [];
        for (int seed = 0; seed < 25; seed++)
        {
            ChatOptions options = new() { Temperature = seed == 0 ? 0 : 1, Seed = seed, MaxOutputTokens = 400, ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse(Schema)) };
            ChatResponse response = await chat.GetResponseAsync(Question, options, Token);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
            using JsonDocument answer = JsonDocument.Parse(response.Text);
            // Line breaks that end the prompt are no part of it.
            Assert.StartsWith("{", response.Text, StringComparison.Ordinal);
            Assert.True(Validator.IsValid(answer.RootElement), response.Text);
            answers.Add(response.Text);
        }
        Assert.True(answers.Count > 15, "the answers are all alike");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Without_a_schema_answers_are_objects_and_arrays(string model)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel loaded = Load(model, folder);
        using var chat = new ChatModel(loaded);
        int whole = 0, cut = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            ChatOptions options = new() { Temperature = 1, Seed = seed, MaxOutputTokens = 10 + (seed * 10), ResponseFormat = ChatResponseFormat.Json };
            ChatResponse response = await chat.GetResponseAsync(Question, options, Token);
            var automaton = new GrammarAutomaton(JsonGrammar.Text);
            if (response.FinishReason == ChatFinishReason.Stop)
            {
                using JsonDocument answer = JsonDocument.Parse(response.Text);
                Assert.True(answer.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array);
                whole++;
            }
            else
            {
                Assert.Equal(ChatFinishReason.Length, response.FinishReason);
                Assert.Equal(options.MaxOutputTokens, response.Usage!.OutputTokenCount);
                // Half a character at the end is shown as U+FFFD.
                Assert.False(automaton.Next(automaton.Start, System.Text.Encoding.UTF8.GetBytes(response.Text.TrimEnd('\uFFFD'))).IsDead, response.Text);
                cut++;
            }
        }
        Assert.True(whole > 3 && cut > 0, $"{whole} whole answers, {cut} cut ones");
    }

    [Fact]
    public async Task Cut_answers_say_so_and_streamed_ones_are_the_same()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = Load("stories260k", folder);
        using var chat = new ChatModel(model);
        ChatOptions options = new() { Temperature = 1, Seed = 3, MaxOutputTokens = 8, ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse(Schema)) };
        ChatResponse cut = await chat.GetResponseAsync(Question, options, Token);
        Assert.Equal(ChatFinishReason.Length, cut.FinishReason);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(cut.Text));
        options.MaxOutputTokens = 400;
        ChatResponse whole = await chat.GetResponseAsync(Question, options, Token);
        Assert.StartsWith(cut.Text, whole.Text, StringComparison.Ordinal);
        List<ChatResponseUpdate> updates = await chat.GetStreamingResponseAsync(Question, options, Token).ToListAsync(Token);
        Assert.Equal(whole.Text, string.Concat(updates.Select(update => update.Text)));
        // A format of text asks for nothing.
        ChatOptions plain = new() { Temperature = 1, Seed = 3, MaxOutputTokens = 8 };
        string free = (await chat.GetResponseAsync(Question, plain, Token)).Text;
        plain.ResponseFormat = ChatResponseFormat.Text;
        Assert.Equal(free, (await chat.GetResponseAsync(Question, plain, Token)).Text);
    }

    /// <summary>A number may end anywhere, so that the model's token for the end of a text does.</summary>
    [Fact]
    public async Task Where_an_answer_may_end_the_model_decides()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = Load("stories260k", folder);
        using var chat = new ChatModel(model);
        int ended = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            ChatOptions options = new() { Temperature = 50, Seed = seed, ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"integer"}""")) };
            ChatResponse response = await chat.GetResponseAsync(Question, options, Token);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
            using JsonDocument answer = JsonDocument.Parse(response.Text);
            Assert.True(answer.RootElement.TryGetInt64(out _));
            // Each digit is a token, and so is the end.
            ended += response.Usage!.OutputTokenCount > response.Text.Length ? 1 : 0;
        }
        Assert.True(ended > 5, $"{ended} answers ended by themselves");
    }

    [Fact]
    public async Task Types_of_dotnet_are_answered_and_read_back()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = Load("stories260k", folder);
        using var chat = new ChatModel(model);
        int read = 0;
        for (int seed = 0; seed < 12; seed++)
        {
            ChatOptions options = new() { Temperature = 1, Seed = seed, MaxOutputTokens = 450, ResponseFormat = ChatResponseFormat.ForJsonSchema<Person>() };
            ChatResponse response = await chat.GetResponseAsync(Question, options, Token);
            if (response.FinishReason != ChatFinishReason.Stop)
                continue;
            Assert.NotNull(JsonSerializer.Deserialize<Person>(response.Text, AIJsonUtilities.DefaultOptions)!.Name);
            read++;
        }
        Assert.True(read > 0, $"only {read} answers came to their end");
    }

    /// <summary>Its vocabulary has neither brackets nor bytes.</summary>
    [Fact]
    public async Task A_vocabulary_that_lacks_what_JSON_needs_is_refused_and_else_used()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = Load("tinystories-656k", folder);
        using var chat = new ChatModel(model);
        ChatOptions options = new() { Temperature = 1, MaxOutputTokens = 200, ResponseFormat = ChatResponseFormat.Json };
        Assert.Contains("'[', '{'", Assert.Throws<NotSupportedException>(() => { chat.GetStreamingResponseAsync(Question, options, Token); }).Message, StringComparison.Ordinal);
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"string","minLength":30,"maxLength":120}"""));
        for (int seed = 0; seed < 10; seed++)
        {
            options.Seed = seed;
            ChatResponse response = await chat.GetResponseAsync(Question, options, Token);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
            Assert.InRange(JsonElement.Parse(response.Text).GetString()!.Length, 30, 120);
        }
    }

    [Fact]
    public void Bad_schemas_and_tools_beside_JSON_are_refused()
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = Load("bytes", folder);
        using var chat = new ChatModel(model);
        void Ask(ChatOptions options) => chat.GetStreamingResponseAsync(Question, options, Token);
        ChatResponseFormat Of(string schema) => ChatResponseFormat.ForJsonSchema(JsonElement.Parse(schema));
        Assert.Contains("#/pattern", Assert.Throws<NotSupportedException>(() => Ask(new() { ResponseFormat = Of("""{"type":"string","pattern":"a"}""") })).Message, StringComparison.Ordinal);
        Assert.Contains("#/type", Assert.Throws<ArgumentException>(() => Ask(new() { ResponseFormat = Of("""{"type":"text"}""") })).Message, StringComparison.Ordinal);
        Assert.Contains("no JSON", Assert.Throws<ArgumentException>(() => Ask(new() { ResponseFormat = Of("false") })).Message, StringComparison.Ordinal);
        AIFunction tool = AIFunctionFactory.Create(() => 1, "one");
        Assert.Contains("Tools", Assert.Throws<NotSupportedException>(() => Ask(new() { ResponseFormat = ChatResponseFormat.Json, Tools = [tool] })).Message, StringComparison.Ordinal);
        // Tools that may not be called are no tools.
        Ask(new() { ResponseFormat = ChatResponseFormat.Json, Tools = [tool], ToolMode = ChatToolMode.None });
    }

    [Fact]
    public void Constraints_are_kept_as_long_as_they_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        var formats = new JsonFormats(GrammarConstraintTests.Bytes(folder), []);
        ITokenConstraint Of(int maximum) => formats.ConstraintOf((ChatResponseFormatJson)ChatResponseFormat.ForJsonSchema(JsonElement.Parse($$"""{"maxLength":{{maximum}}}""")));
        ITokenConstraint first = Of(0), second = Of(1), any = formats.ConstraintOf(ChatResponseFormat.Json);
        for (int maximum = 2; maximum < 40; maximum++)
        {
            Of(maximum);
            Assert.Same(first, Of(0));
        }
        Assert.NotSame(second, Of(1));
        Assert.NotSame(any, formats.ConstraintOf(ChatResponseFormat.Json));
        Assert.Same(first, Of(0));
    }

    private static LanguageModel Load(string name, TemporaryFolder folder)
    {
        if (name == "bytes")
            // Its vocabulary has ids that its tokenizer does not know.
            RandomModel.Llama(new(Vocabulary: GrammarConstraintTests.Bytes(folder).VocabularySize + 3) { Context = 450 }).Save(folder.FullName);
        else if (name == "stories260k")
            Stories260k.Save(folder.FullName);
        else
            foreach (string file in Directory.GetFiles(TestAssets.Require($"models/{name}")))
                File.Copy(file, folder.File(Path.GetFileName(file)));
        File.WriteAllText(folder.File(CompanionFile.ChatTemplate), Template);
        return LanguageModel.Load(folder.FullName, new() { Threads = 1 });
    }

    /// <summary>With whatever .NET makes of such types.</summary>
    private sealed record Person(string Name, int Age, double? Weight, Mood Mood, Dictionary<string, bool> Likes, IReadOnlyList<Person>? Friends);

    private enum Mood
    {
        Good,
        Bad,
    }
}
