using System.Text.Json;

namespace Weft.Text.Chat;

/// <summary>
/// Conversations as ids, by the chat template and the tokenizer of a model: what it continues, and what it learns from. Both are written and encoded
/// alike, so that a model is asked as it was taught. Safe to use from many threads.
/// </summary>
public sealed class ConversationEncoder
{
    private const string User = "user", Assistant = "assistant";

    /// <summary>Any conversation that every template takes.</summary>
    private const string Question = "Who is there?", Answer = "A friend.";

    private readonly ChatTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly Dictionary<string, JsonElement> _variables;
    private readonly string[] _special;

    /// <param name="template">The template.</param>
    /// <param name="tokenizer">The tokenizer, whose special tokens are variables of a template that was loaded without any.</param>
    /// <param name="variables">Further variables of the template, such as <c>enable_thinking</c>; null for none.</param>
    public ConversationEncoder(ChatTemplate template, Tokenizer tokenizer, IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        (_template, _tokenizer) = (template, tokenizer);
        _special = [.. tokenizer.SpecialTokenNames];
        // A template of a GGUF file has no tokenizer_config.json beside it that would name them.
        _variables = template.SpecialTokens.Count > 0 ? [] : tokenizer.Settings.Roles.Named().ToDictionary(role => role.Name, role => JsonText(role.Token.Content));
        foreach ((string name, JsonElement value) in variables ?? new Dictionary<string, JsonElement>())
            _variables[name] = value;
    }

    /// <summary>A conversation as the template writes it.</summary>
    /// <param name="messages">Its turns.</param>
    /// <param name="tools">Tools that may be called; null for none.</param>
    /// <param name="addPrompt">Ends with what an answer begins with.</param>
    /// <exception cref="ChatTemplateException">The template refuses it.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, JsonElement? tools = null, bool addPrompt = true) => RenderMarked(messages, tools, addPrompt).Text;

    /// <summary>The ids that a model continues with an answer.</summary>
    /// <param name="messages">The turns so far.</param>
    /// <param name="tools">Tools that may be called; null for none.</param>
    /// <exception cref="ArgumentException">A message holds a token that only the template may write.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public int[] EncodePrompt(IReadOnlyList<ChatMessage> messages, JsonElement? tools = null) =>
        _tokenizer.EncodeToIds(Render(messages, tools), addSpecialTokens: false, AllowedIn(messages, tools));

    /// <summary>
    /// The ids that a model learns from. Answers are what the template marks with <c>{% generation %}</c>; else what it writes of a conversation with an answer beyond
    /// the same conversation without it, up to the special token that ends the turn: the first one behind the answer's text.
    /// </summary>
    /// <param name="messages">The turns; those of the assistant are the answers.</param>
    /// <param name="isLearnt">Whether the answer at an index of <paramref name="messages"/> is one to be learnt; null: all are.</param>
    /// <exception cref="ArgumentException">A message holds a token that only the template may write, or the template writes nothing of an answer.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="InvalidDataException">Where the template's answers begin or end cannot be told.</exception>
    public AnsweredConversation EncodeAnswers(IReadOnlyList<ChatMessage> messages, Predicate<int>? isLearnt = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        int[] turns = [.. Enumerable.Range(0, messages.Count).Where(turn => messages[turn].Role == Assistant)];
        ChatRendering rendering = RenderMarked(messages, null, addPrompt: false);
        bool marked = rendering.Answers.Count > 0;
        IReadOnlyList<Range> parts = marked ? rendering.Answers : ByPrefixes(messages, turns, rendering.Text);
        if (parts.Count != turns.Length)
            throw new InvalidDataException($"{_template.Name}: marks {parts.Count} answers of a conversation that has {turns.Length}; put {{% generation %}} around each answer, or leave it out");
        EncodedText tokens = _tokenizer.Encode(rendering.Text, new() { AddSpecialTokens = false, AllowedSpecialTokens = AllowedIn(messages, null) });
        int[] begins = Begins(tokens);
        List<Range> answers = [];
        int joined = 0;
        foreach ((int turn, Range part) in turns.Zip(parts))
        {
            if (isLearnt?.Invoke(turn) == false)
                continue;
            answers.Add(marked ? Marked(tokens, begins, part) : UpToEndOfTurn(tokens, begins, (part, ContentEnd(rendering.Text, part, messages[turn].Content))));
            int before = answers[^1].Start.Value - 1;
            joined += before >= 0 && tokens.Offsets[before].End.Value > part.Start.Value ? 1 : 0;
        }
        return new(rendering.Text, tokens, answers) { Joined = joined };
    }

    /// <summary>The id that ends an answer. Asking for it checks the template: it must tell where an answer begins and ends, and begin it when asked.</summary>
    /// <exception cref="ChatTemplateException">The template refuses a question and its answer.</exception>
    /// <exception cref="InvalidDataException">It does not; the message says what to do.</exception>
    public int FindEndOfTurn()
    {
        ChatMessage[] asked = [new(User, Question)];
        AnsweredConversation whole = EncodeAnswers([.. asked, new(Assistant, Answer)]);
        string bare = Render(asked, addPrompt: false);
        int begin = whole.Text.IndexOf(Answer, Math.Min(bare.Length, whole.Text.Length), StringComparison.Ordinal);
        if (begin < 0)
            throw new InvalidDataException($"{_template.Name}: writes nothing of an answer; give a template of conversations");
        string header = whole.Text[Math.Min(bare.Length, begin)..begin].Trim();
        if (header.Length > 0 && Render(asked) == bare)
            throw new InvalidDataException($"{_template.Name}: has no generation prompt: it writes '{header}' before an answer, but not when an answer is asked for; let it do so where add_generation_prompt is true");
        return whole.Tokens.Ids[whole.Answers[0].End.Value - 1];
    }

    private ChatRendering RenderMarked(IReadOnlyList<ChatMessage> messages, JsonElement? tools, bool addPrompt) =>
        _template.RenderMarked(messages, new() { AddGenerationPrompt = addPrompt, Tools = tools, Variables = _variables });

    /// <summary>Which special tokens the rendering may name. A message must not pretend to be the structure around it: one that it names is text there.</summary>
    private SpecialTokens AllowedIn(IReadOnlyList<ChatMessage> messages, JsonElement? tools)
    {
        string[] named = [.. _special.Where(token => messages.Any(message => message.Content?.Contains(token, StringComparison.Ordinal) == true || InFields(message, token)))];
        if (named.Length == 0)
            return SpecialTokens.All;
        string structure = Render([.. messages.Select(message => message with { Content = Without(message.Content, named) })], tools);
        return named.FirstOrDefault(token => structure.Contains(token, StringComparison.Ordinal)) is { } used
            ? throw new ArgumentException($"a message holds '{used}', by which the model tells messages apart; take it out")
            : SpecialTokens.Named(_special.Except(named));
    }

    private List<Range> ByPrefixes(IReadOnlyList<ChatMessage> messages, int[] turns, string text)
    {
        List<Range> answers = [];
        foreach (int turn in turns)
        {
            string before = Render([.. messages.Take(turn)]), after = turn + 1 == messages.Count ? text : Render([.. messages.Take(turn + 1)], addPrompt: false);
            // Behind the end of a turn a template may go on in another way, such as by the end of the whole text.
            int same = after.AsSpan().CommonPrefixLength(text);
            if (!text.StartsWith(before, StringComparison.Ordinal) || same <= before.Length)
                throw Changes(turn);
            answers.Add(before.Length..same);
        }
        return answers;
    }

    /// <summary>First character of each token. Offsets may leave out white space that a token has; what one leaves out belongs to the next.</summary>
    private static int[] Begins(EncodedText tokens)
    {
        int[] begins = new int[tokens.Ids.Length];
        int end = 0;
        for (int i = 0; i < begins.Length; i++)
        {
            begins[i] = Math.Min(end, tokens.Offsets[i].Start.Value);
            end = Math.Max(end, tokens.Offsets[i].End.Value);
        }
        return begins;
    }

    private Range Marked(EncodedText tokens, int[] begins, Range part)
    {
        Range places = PlacesOf(begins, part);
        return EndsTurn(tokens.Ids[places.End.Value - 1]) ? places
            : throw new InvalidDataException($"{_template.Name}: {{% generation %}} does not end with a special token, so that a model would not learn to end an answer; put the token that ends a turn before {{% endgeneration %}}");
    }

    /// <summary>Ids of an answer up to the special token that ends its turn: what follows that is the next turn's, whoever writes it.</summary>
    private Range UpToEndOfTurn(EncodedText tokens, int[] begins, (Range Part, int ContentEnd) of)
    {
        Range places = PlacesOf(begins, of.Part);
        int end = Enumerable.Range(places.Start.Value, places.End.Value - places.Start.Value).FirstOrDefault(place => begins[place] >= of.ContentEnd && EndsTurn(tokens.Ids[place]), -1);
        return end >= 0 ? places.Start..(end + 1)
            : throw new InvalidDataException($"{_template.Name}: writes no special token of the tokenizer after an answer that stays the same when the conversation goes on, so that a model would not learn to end one; "
                + "give a template that ends turns by eos_token, such as alpaca, or a tokenizer that has the template's tokens");
    }

    private static Range PlacesOf(int[] begins, Range part)
    {
        int first = Array.FindIndex(begins, begin => begin >= part.Start.Value), end = Array.FindIndex(begins, begin => begin >= part.End.Value);
        end = end < 0 ? begins.Length : end;
        return first >= 0 && first < end ? first..end : throw new ArgumentException("the chat template writes nothing of an answer");
    }

    /// <summary>Where the text of an answer ends within its part of the rendering; the beginning of that where the template writes it in its own way.</summary>
    private static int ContentEnd(string text, Range part, string? content)
    {
        string said = content?.Trim() ?? "";
        int at = text.IndexOf(said, part.Start.Value, part.End.Value - part.Start.Value, StringComparison.Ordinal);
        return at < 0 ? part.Start.Value : at + said.Length;
    }

    private InvalidDataException Changes(int turn) => new(FormattableString.Invariant(
        $"{_template.Name}: writes turn {turn + 1} or what stands before it in another way once the conversation goes on, so that a model would not be asked as it was taught; give a template that only appends, or one that marks its answers with {{% generation %}}"));

    private bool EndsTurn(int id) => _tokenizer.IsSpecial(id) || _tokenizer.Settings.EndOfTextIds.Contains(id);

    private static bool InFields(ChatMessage message, string token) => message.Fields.Values.Any(field => field.GetRawText().Contains(token, StringComparison.Ordinal));

    private static string? Without(string? text, string[] tokens) => tokens.Aggregate(text, (left, token) => left?.Replace(token, "", StringComparison.Ordinal));

    private static JsonElement JsonText(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");
}
