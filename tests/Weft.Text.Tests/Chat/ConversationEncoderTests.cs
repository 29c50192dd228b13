using Weft.Text.Chat;

namespace Weft.Text.Tests.Chat;

/// <summary>Which tokens of a conversation are the assistant's.</summary>
public sealed class ConversationEncoderTests
{
    private static readonly string[] Special =
        ["<|endoftext|>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|end|>", "<start_of_turn>", "<end_of_turn>", "<|end_of_text|>", "<|END_OF_TURN_TOKEN|>", "<\uff5cend\u2581of\u2581sentence\uff5c>"];

    /// <summary>Some merges, so that tokens are more than bytes and words begin with their space.</summary>
    private static readonly Tokenizer Tokenizer = ByteLevelBpeTrainer.Train(
        ["It is Paris. It is Bern. Which capital has France? And Switzerland? Say it short. It is Paris. It is Bern."], new() { VocabularySize = 300, SpecialTokens = Special });

    private static readonly ChatMessage[] Two = [new("user", "Which capital has France?"), new("assistant", "It is Paris."), new("user", "And Switzerland?"), new("assistant", "It is Bern.")];

    private static readonly ChatMessage[] Prompted = [new("system", "Say it short."), .. Two];

    /// <summary>By hand from what each template says: answers stand in double brackets, with the token that ends the turn and without any header.</summary>
    public static TheoryData<string, bool, string> Written => new()
    {
        {
            "chatml", true,
            "<|im_start|>system\nSay it short.<|im_end|>\n<|im_start|>user\nWhich capital has France?<|im_end|>\n<|im_start|>assistant\n[[It is Paris.<|im_end|>]]\n"
            + "<|im_start|>user\nAnd Switzerland?<|im_end|>\n<|im_start|>assistant\n[[It is Bern.<|im_end|>]]\n"
        },
        {
            "alpaca", true,
            "Say it short.\n\n### Instruction:\nWhich capital has France?\n\n### Response:\n[[It is Paris.</s>]]\n\n### Instruction:\nAnd Switzerland?\n\n### Response:\n[[It is Bern.</s>]]\n\n"
        },
        {
            "llama-3", true,
            "<s><|start_header_id|>system<|end_header_id|>\n\nSay it short.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhich capital has France?<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>\n\n[[It is Paris.<|eot_id|>]]<|start_header_id|>user<|end_header_id|>\n\nAnd Switzerland?<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>\n\n[[It is Bern.<|eot_id|>]]"
        },
        { "zephyr", false, "<|user|>\nWhich capital has France?</s>\n<|assistant|>\n[[It is Paris.</s>]]\n<|user|>\nAnd Switzerland?</s>\n<|assistant|>\n[[It is Bern.</s>]]\n" },
        {
            "chujiezheng/alpaca.jinja", true,
            "<s>Say it short.\n\n### Instruction:\nWhich capital has France?\n\n### Response:\n[[It is Paris.</s>]]\n\n### Instruction:\nAnd Switzerland?\n\n### Response:\n[[It is Bern.</s>]]\n\n"
        },
        { "chujiezheng/phi-3.jinja", false, "<|user|>\nWhich capital has France?<|end|>\n<|assistant|>\n[[It is Paris.<|end|>]]\n<|user|>\nAnd Switzerland?<|end|>\n<|assistant|>\n[[It is Bern.<|end|>]]\n" },
        // Neither has a header of the assistant, so there is none to be asked with.
        { "chujiezheng/mistral-instruct.jinja", false, "<s>[INST] Which capital has France? [/INST][[ It is Paris.</s>]][INST] And Switzerland? [/INST][[ It is Bern.</s>]]" },
        { "chujiezheng/llama-2-chat.jinja", false, "<s>[INST] Which capital has France? [/INST][[ It is Paris. </s>]]<s>[INST] And Switzerland? [/INST][[ It is Bern. </s>]]" },
        { "chujiezheng/vicuna.jinja", false, "<s>USER: Which capital has France?\nASSISTANT:[[ It is Paris.</s>]]\nUSER: And Switzerland?\nASSISTANT:[[ It is Bern.</s>]]\n" },
        {
            "templates/google-gemma-2-2b-it.jinja", false,
            "<s><start_of_turn>user\nWhich capital has France?<end_of_turn>\n<start_of_turn>model\n[[It is Paris.<end_of_turn>]]\n<start_of_turn>user\nAnd Switzerland?<end_of_turn>\n<start_of_turn>model\n[[It is Bern.<end_of_turn>]]\n"
        },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void Answers_are_what_the_assistant_writes_and_the_end_of_its_turn(string name, bool prompted, string expected)
    {
        ConversationEncoder encoder = Of(TemplateOf(name));
        ChatMessage[] messages = prompted ? Prompted : Two;
        AnsweredConversation whole = encoder.EncodeAnswers(messages);
        Assert.Equal(expected, Marked(whole));
        Assert.Equal(expected.Replace("[[", "", StringComparison.Ordinal).Replace("]]", "", StringComparison.Ordinal), whole.Text);
        Assert.Equal(0, whole.Joined);
        Assert.Equal(whole.Tokens.Ids[whole.Answers[0].End.Value - 1], encoder.FindEndOfTurn());
        // A model is asked by the very ids that stand before the answer in what it learns.
        int[] turns = [.. Enumerable.Range(0, messages.Length).Where(turn => messages[turn].Role == "assistant")];
        foreach ((int turn, Range answer) in turns.Zip(whole.Answers))
            Assert.Equal(encoder.EncodePrompt(messages[..turn]), whole.Tokens.Ids[..answer.Start.Value]);
    }

    /// <summary>
    /// Templates of well-known models, and for how many turns they are taken. Qwen3 writes earlier answers without their empty thoughts; DeepSeek's and Cohere's begin
    /// an answer with a thought when asked for one, and write none of an answer that has none.
    /// </summary>
    [Theory]
    [InlineData("Qwen-Qwen2.5-7B-Instruct", "<|im_end|>", 2)]
    [InlineData("Qwen-Qwen3-0.6B", "<|im_end|>", 1)]
    [InlineData("HuggingFaceTB-SmolLM3-3B", "<|im_end|>", 2)]
    [InlineData("meta-llama-Llama-3.1-8B-Instruct", "<|eot_id|>", 2)]
    [InlineData("meta-llama-Llama-3.3-70B-Instruct", "<|eot_id|>", 2)]
    [InlineData("microsoft-Phi-3.5-mini-instruct", "<|end|>", 2)]
    [InlineData("mistralai-Mistral-Nemo-Instruct-2407", "</s>", 2)]
    [InlineData("google-gemma-2-2b-it", "<end_of_turn>", 2)]
    [InlineData("ibm-granite-granite-3.3-2B-Instruct", "<|end_of_text|>", 2)]
    [InlineData("CohereForAI-c4ai-command-r7b-12-2024-tool_use", "<|END_OF_TURN_TOKEN|>", 0)]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "<\uff5cend\u2581of\u2581sentence\uff5c>", 0)]
    public void Templates_of_well_known_models_tell_where_an_answer_is(string name, string end, int turns)
    {
        ConversationEncoder encoder = Of(TemplateOf($"templates/{name}.jinja"));
        if (turns < 2)
            Assert.Contains("another way once the conversation goes on", Assert.Throws<InvalidDataException>(() => _ = turns == 0 ? encoder.FindEndOfTurn() : encoder.EncodeAnswers(Two).Joined).Message, StringComparison.Ordinal);
        if (turns > 0)
            Assert.Equal(end, Tokenizer.IdToToken(encoder.FindEndOfTurn()));
        if (turns < 2)
            return;
        AnsweredConversation whole = encoder.EncodeAnswers(Two);
        Assert.Equal([$"It is Paris.{end}", $"It is Bern.{end}"], whole.Answers.Select(answer => Tokenizer.Decode(whole.Tokens.Ids[answer], skipSpecialTokens: false)));
        Assert.Equal(encoder.EncodePrompt(Two[..3]), whole.Tokens.Ids[..whole.Answers[1].Start.Value]);
    }

    /// <summary>The published ones check the order of roles too, and begin with bos_token.</summary>
    [Theory]
    [InlineData("chatml", "chatml")]
    [InlineData("llama-3", "llama-3-instruct")]
    [InlineData("alpaca", "alpaca")]
    [InlineData("zephyr", "zephyr")]
    public void Templates_that_are_known_by_name_write_what_the_published_ones_do(string name, string published)
    {
        string begin = name == "llama-3" ? "<s>" : "";
        ConversationEncoder own = Of(TemplateOf(name), begin), other = Of(TemplateOf($"chujiezheng/{published}.jinja"), begin);
        foreach (ChatMessage[] messages in new[] { Two, Prompted, [.. Prompted.Take(2)], [new("user", "  Spaces \n")] })
            foreach (bool prompt in new[] { true, false })
                Assert.Equal(other.Render(messages, addPrompt: prompt), own.Render(messages, addPrompt: prompt));
        Assert.All(KnownChatTemplate.Find(name)!.SpecialTokens, token => Assert.Contains(token, own.Render(Two), StringComparison.Ordinal));
    }

    [Fact]
    public void Marked_answers_are_taken_as_they_are_marked()
    {
        const string header = "{% for m in messages %}<|im_start|>{{ m.role }}\n", rest = "{% else %}{{ m.content }}<|im_end|>{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
        // It writes the last turn in another way, so prefixes alone would not do.
        ConversationEncoder marked = Of(header + "{% if loop.last %}!{% endif %}{% if m.role == 'assistant' %}{% generation %}<think>{{ m.content }}<|im_end|>{% endgeneration %}" + rest);
        Assert.Equal("<|im_start|>user\nWhich capital has France?<|im_end|>\n<|im_start|>assistant\n[[<think>It is Paris.<|im_end|>]]\n<|im_start|>user\nAnd Switzerland?<|im_end|>\n<|im_start|>assistant\n![[<think>It is Bern.<|im_end|>]]\n",
            Marked(marked.EncodeAnswers(Two)));
        Assert.Contains("{% generation %} does not end with a special token", Refusal(header + "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}<|im_end|>" + rest), StringComparison.Ordinal);
        Assert.Contains("marks 1 answers of a conversation that has 2", Refusal(header + "{% if m.role == 'assistant' and loop.last %}{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}" + rest), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_answers_that_are_to_be_learnt_are_given() =>
        Assert.Equal("<s>[INST] Which capital has France? [/INST] It is Paris.</s>[INST] And Switzerland? [/INST][[ It is Bern.</s>]]",
            Marked(Of(TemplateOf("chujiezheng/mistral-instruct.jinja")).EncodeAnswers(Two, turn => turn == 3)));

    [Fact]
    public void A_token_that_the_template_begins_and_an_answer_ends_is_not_learnt_and_counted()
    {
        // The space belongs to the prompt, but is part of the token ' It'.
        AnsweredConversation whole = Of("{% for m in messages %}{{ m.role }}: {{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}").EncodeAnswers(Two);
        Assert.Equal(2, whole.Joined);
        Assert.Equal("user: Which capital has France?</s>assistant: It[[ is Paris.</s>]]user: And Switzerland?</s>assistant: It[[ is Bern.</s>]]", Marked(whole));
    }

    [Theory]
    [InlineData("{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}", "has no generation prompt: it writes '<assistant>' before an answer")]
    [InlineData("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}", "writes no special token of the tokenizer after an answer")]
    [InlineData("{{ messages | length }}{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}", "writes turn 2 or what stands before it in another way")]
    [InlineData("{{ messages[0].content }}{% if add_generation_prompt %}?{% endif %}", "writes turn 2 or what stands before it in another way")]
    public void Templates_that_do_not_tell_where_an_answer_is_are_refused(string template, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Of(template).FindEndOfTurn()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_message_cannot_write_the_structure_around_it()
    {
        ConversationEncoder encoder = Of(TemplateOf("chatml"));
        Assert.Contains("holds '<|im_end|>'", Assert.Throws<ArgumentException>(() => encoder.EncodeAnswers([new("user", "a<|im_end|>"), new("assistant", "b")])).Message, StringComparison.Ordinal);
        // A special token that the template does not write is text, and an answer goes on behind it.
        AnsweredConversation whole = encoder.EncodeAnswers([new("user", "a"), new("assistant", "b</s>c")]);
        Assert.Equal("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n[[b</s>c<|im_end|>]]\n", Marked(whole));
        Assert.DoesNotContain(Tokenizer.TokenToId("</s>")!.Value, whole.Tokens.Ids);
    }

    [Fact]
    public void Text_of_every_script_keeps_its_borders()
    {
        ChatMessage[] messages = [new("user", "\u00e9\ud83d\ude00?"), new("assistant", "\ud83d\ude00\u55e8 e\u0301")];
        Assert.Equal("<|im_start|>user\n\u00e9\ud83d\ude00?<|im_end|>\n<|im_start|>assistant\n[[\ud83d\ude00\u55e8 e\u0301<|im_end|>]]\n", Marked(Of(TemplateOf("chatml")).EncodeAnswers(messages)));
    }

    private static string Refusal(string template) => Assert.Throws<InvalidDataException>(() => Of(template).EncodeAnswers(Two)).Message;

    private static ConversationEncoder Of(string template, string begin = "<s>") => new(ChatTemplate.Parse(template, "test"), Tokenizer, new Dictionary<string, System.Text.Json.JsonElement>
    {
        ["bos_token"] = ChatData.Json($"\"{begin}\""),
        ["eos_token"] = ChatData.Json("\"</s>\""),
    });

    /// <summary>Those of chujiezheng are indented, to be read; their publisher takes indents and line ends out before they are used.</summary>
    private static string TemplateOf(string name)
    {
        if (KnownChatTemplate.Find(name) is { } known)
            return known.Source;
        string text = File.ReadAllText(TestAssets.Require($"chat-templates/{name}"));
        return name.StartsWith("chujiezheng", StringComparison.Ordinal) ? text.Replace("    ", "", StringComparison.Ordinal).ReplaceLineEndings("") : text;
    }

    /// <summary>The conversation as its ids decode, with its answers in brackets.</summary>
    private static string Marked(AnsweredConversation whole)
    {
        string marked = "";
        int at = 0;
        foreach (Range answer in whole.Answers)
        {
            marked += $"{Decode(at..answer.Start)}[[{Decode(answer)}]]";
            at = answer.End.Value;
        }
        return marked + Decode(at..);

        string Decode(Range places) => Tokenizer.Decode(whole.Tokens.Ids[places], skipSpecialTokens: false);
    }
}
