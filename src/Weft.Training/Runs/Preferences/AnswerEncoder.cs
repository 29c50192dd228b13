using System.Text.Json;

using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <summary>A prompt with its answer as a model reads it.</summary>
/// <param name="Ids">[T].</param>
/// <param name="Prompt">Tokens of the prompt; the others are the answer's, that at their border too.</param>
internal readonly record struct EncodedAnswer(int[] Ids, int Prompt);

/// <summary>
/// From messages to ids. By a chat template, the prompt is what the template writes before it lets an answer begin, and the answer is whatever the template writes
/// after that; without one, prompt and answer are plain texts, and an answer ends with the end of the text.
/// </summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="template">Its chat template; null without one.</param>
/// <param name="leadIn">Stands between plain prompts and answers.</param>
/// <param name="end">Ends plain texts; null where the model has no such id.</param>
internal sealed class AnswerEncoder(Tokenizer tokenizer, ChatTemplate? template, string leadIn, int? end)
{
    private static readonly EncodeOptions Plain = new(), Rendered = new() { AddSpecialTokens = false, AllowedSpecialTokens = SpecialTokens.All };

    private readonly string[] _special = [.. tokenizer.SpecialTokenNames];

    // A template of a GGUF file has no tokenizer_config.json beside it that would name them.
    private readonly Dictionary<string, JsonElement> _variables = (template is null or { SpecialTokens.Count: > 0 }) ? []
        : tokenizer.Settings.Roles.Named().ToDictionary(role => role.Name, role => JsonSerializer.SerializeToElement(role.Token.Content));

    /// <summary>Encodes one.</summary>
    /// <param name="prompt">Messages before the answer.</param>
    /// <param name="answer">Those of the answer.</param>
    /// <returns>The ids, or why there are none.</returns>
    public (EncodedAnswer Answer, string? Problem) Encode(IReadOnlyList<ChatMessage> prompt, IReadOnlyList<ChatMessage> answer)
    {
        if (template is null)
            return prompt.Count == 1 && answer.Count == 1 ? (EncodePlain(prompt[0].Content + leadIn, answer[0].Content!), null)
                : (default, "is a conversation of several turns, but the model has no chat template; begin with a model that has one, or give texts");
        if (_special.FirstOrDefault(token => prompt.Concat(answer).Any(message => message.Content?.Contains(token, StringComparison.Ordinal) == true)) is { } named)
            return (default, $"holds '{named}', by which the model tells messages apart; take it out");
        try
        {
            string before = template.Render(prompt, new() { AddGenerationPrompt = true, Variables = _variables });
            string whole = template.Render([.. prompt, .. answer], new() { Variables = _variables });
            if (!whole.StartsWith(before, StringComparison.Ordinal))
                return (default, "is written by the chat template in such a way that its answer does not follow what the template lets an answer begin with; give a template with a generation prompt");
            return (Cut(tokenizer.Encode(whole, Rendered), before.Length), null);
        }
        catch (ChatTemplateException e)
        {
            return (default, $"is refused by the chat template ({e.Message})");
        }
    }

    private EncodedAnswer EncodePlain(string prompt, string answer)
    {
        EncodedAnswer encoded = Cut(tokenizer.Encode(prompt + answer, Plain), prompt.Length);
        return end is { } id && encoded.Ids is not [] && encoded.Ids[^1] != id ? encoded with { Ids = [.. encoded.Ids, id] } : encoded;
    }

    /// <summary>Encoded once, so that ids are those that one text has; a token with a character of the answer is the answer's.</summary>
    private static EncodedAnswer Cut(EncodedText text, int characters)
    {
        int prompt = Array.FindIndex(text.Offsets, offset => offset.End.Value > characters);
        return new(text.Ids, prompt < 0 ? text.Ids.Length : prompt);
    }
}
