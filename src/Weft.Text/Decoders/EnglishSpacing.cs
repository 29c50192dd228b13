using System.Buffers;

namespace Weft.Text.Decoders;

/// <summary>Takes the space before punctuation and English contractions, as Hugging Face's <c>cleanup</c>.</summary>
internal static class EnglishSpacing
{
    private static readonly SearchValues<char> AfterSpace = SearchValues.Create(".?!,'nd");

    private static readonly (string From, string To)[] Rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>One rule after another over the token.</summary>
    public static ReadOnlySpan<char> Clean(ReadOnlySpan<char> token)
    {
        if (!MayChange(token))
            return token;
        string text = token.ToString();
        foreach ((string from, string to) in Rules)
            text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }

    private static bool MayChange(ReadOnlySpan<char> token)
    {
        for (int space = token.IndexOf(' '); space >= 0 && space + 1 < token.Length; space++)
        {
            if (token[space] == ' ' && AfterSpace.Contains(token[space + 1]))
                return true;
        }
        return false;
    }
}
