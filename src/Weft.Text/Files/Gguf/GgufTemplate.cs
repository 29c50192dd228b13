using System.Text.Json;

namespace Weft.Text.Files.Gguf;

/// <summary>The tokens that a GGUF file wants before and after a text, as a post-processor of a tokenizer.json.</summary>
internal static class GgufTemplate
{
    /// <param name="vocabulary">Names the tokens and says whether to add them.</param>
    /// <param name="begins">Whether there is one before the text when the file does not say.</param>
    /// <param name="ends">Whether there is one after it.</param>
    public static JsonElement? Of(GgufVocabulary vocabulary, bool begins, bool ends)
    {
        SpecialToken? before = Find("add_bos_token", begins, "bos_token_id"), after = Find("add_eos_token", ends, "eos_token_id");
        return before is null && after is null ? null : SurroundingTemplate.ToElement(SurroundingTemplate.Of(before, after));

        SpecialToken? Find(string flag, bool whenAbsent, string role) =>
            vocabulary.Flag(flag, whenAbsent) && vocabulary.Id(role) is int id ? new SpecialToken(id, vocabulary.Tokens[id]) : null;
    }
}
