using System.Text;
using Weft.Text;

namespace Weft.Cli.Tokenizers.Page;

/// <summary>A token of a text that is shown.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">As the file spells it.</param>
/// <param name="Bytes">The bytes of the text that it stands for; those of the whole group where it cannot be told.</param>
internal sealed record ShownToken(int Id, string Token, ReadOnlyMemory<byte> Bytes);

/// <summary>Text and the tokens that stand for it: one token, several that share a character, or none.</summary>
internal sealed record TokenGroup(string Text, IReadOnlyList<ShownToken> Tokens);

/// <summary>Cuts a text where its tokens end, so that each piece is shown once.</summary>
internal static class TokenGroups
{
    public static IEnumerable<TokenGroup> Of(Tokenizer tokenizer, string text)
    {
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(text, addSpecialTokens: false);
        int shown = 0;
        for (int first = 0, next; first < tokens.Count; first = next)
        {
            int start = Math.Max(shown, tokens[first].Offset.Start.Value), end = Math.Max(start, tokens[first].Offset.End.Value);
            for (next = first + 1; next < tokens.Count && tokens[next].Offset.Start.Value < end; next++)
                end = Math.Max(end, tokens[next].Offset.End.Value);
            if (start > shown)
                yield return new(text[shown..start], []);
            yield return new(text[start..end], [.. Show([.. tokens.Skip(first).Take(next - first)], text[start..end])]);
            shown = end;
        }
        if (shown < text.Length)
            yield return new(text[shown..], []);
    }

    private static IEnumerable<ShownToken> Show(EncodedToken[] tokens, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        // As many tokens as bytes: one each, in order.
        return tokens.Select((token, i) => new ShownToken(token.Id, token.Value, tokens.Length > 1 && tokens.Length == bytes.Length ? bytes.AsMemory(i, 1) : bytes));
    }
}
