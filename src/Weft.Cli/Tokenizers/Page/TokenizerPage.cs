using System.Globalization;

namespace Weft.Cli.Tokenizers.Page;

/// <summary>A tokenizer as one page: what it is made of, how well it compresses, and texts by their tokens.</summary>
internal static class TokenizerPage
{
    /// <summary>Characters of a text that are shown; more would only make the page slow.</summary>
    private const int MostCharacters = 20_000;

    private const int Colours = 6;

    /// <summary>The page as text; well-formed as XML, too.</summary>
    public static string ToHtml(TokenizerReport report)
    {
        var page = new Markup();
        page.AddLiteral("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>");
        page.AddLiteral("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        page.Add($"<meta name=\"color-scheme\" content=\"light dark\"/><title>Tokenizer {NameOf(report.Path)}</title>");
        page.AddLiteral($"<style>\n{TokenizerPageStyle.Text}</style></head>\n<body><main>\n");
        WriteHeader(page, report);
        WriteCompression(page, report);
        page.AddLiteral("<section aria-labelledby=\"texts\"><h2 id=\"texts\">Texts by their tokens</h2>");
        page.AddLiteral("<p class=\"note\">Each coloured piece is a token, an underlined one several tokens that share a character. Point at one, or move with the arrow keys.</p>\n");
        foreach (TextCompression text in report.Texts)
            WriteText(page, report, text);
        page.AddLiteral("</section>\n");
        WriteSpecialTokens(page, report);
        page.AddLiteral("<footer>Written by Weft.</footer>\n</main><div id=\"tip\" role=\"status\" hidden=\"hidden\"></div>\n");
        page.AddLiteral($"<script>//<![CDATA[\n{TokenizerPageScript.Text}//]]></script></body></html>\n");
        return page.ToString();
    }

    /// <summary>The folder's name where the file's own says only that it is a tokenizer.</summary>
    private static string NameOf(string path)
    {
        string full = Path.GetFullPath(path), name = Path.GetFileName(Path.TrimEndingDirectorySeparator(full));
        string? folder = Path.GetFileName(Path.GetDirectoryName(full));
        return File.Exists(full) && name.StartsWith("tokenizer.", StringComparison.Ordinal) && !string.IsNullOrEmpty(folder) ? folder : name;
    }

    private static void WriteHeader(Markup page, TokenizerReport report)
    {
        page.Add($"<header><p class=\"kicker\">Tokenizer</p><h1>{NameOf(report.Path)}</h1><p class=\"date\">{report.Path}</p></header>\n<dl class=\"facts\">");
        foreach ((string name, string value) in report.Facts())
            page.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>");
        page.AddLiteral("</dl>\n");
    }

    private static void WriteCompression(Markup page, TokenizerReport report)
    {
        page.AddLiteral("<section aria-labelledby=\"compression\"><h2 id=\"compression\">Compression</h2>");
        page.AddLiteral("<p class=\"note\">The same two sentences in each language. Fewer tokens for a character mean shorter sequences; the bar shows the bytes of a token. Unknown characters do not count.</p>\n");
        page.AddLiteral("<div class=\"wide\"><table class=\"data compression\"><thead><tr><th scope=\"col\">text</th><th scope=\"col\" class=\"n\">characters</th><th scope=\"col\" class=\"n\">tokens</th>");
        page.AddLiteral("<th scope=\"col\" class=\"n\">tokens per character</th><th scope=\"col\" class=\"n\">bytes per token</th><th scope=\"col\" class=\"n\">unknown</th><th aria-hidden=\"true\"></th></tr></thead><tbody>\n");
        double most = Math.Max(1, report.Texts.Max(text => text.BytesPerToken) ?? 1);
        foreach (TextCompression text in report.Texts)
        {
            page.Add($"<tr><th scope=\"row\">{text.Text.Name}</th><td class=\"n\">{text.Characters:N0}</td><td class=\"n\">{text.Tokens:N0}</td>");
            page.Add($"<td class=\"n\">{Shown(text.TokensPerCharacter, "F3")}</td><td class=\"n\">{Shown(text.BytesPerToken, "F2")}</td>");
            page.Add($"<td class=\"n\">{(text.UnknownShare > 0 ? text.UnknownShare.ToString("P0", CultureInfo.InvariantCulture) : "")}</td>");
            page.Add($"<td class=\"track\" aria-hidden=\"true\"><i style=\"width:{100 * (text.BytesPerToken ?? 0) / most:F1}%\"></i></td></tr>\n");
        }
        page.AddLiteral("</tbody></table></div></section>\n");
    }

    private static void WriteText(Markup page, TokenizerReport report, TextCompression text)
    {
        string shown = Shorten(text.Text.Text);
        TokenGroup[] groups = [.. TokenGroups.Of(report.Tokenizer, shown)];
        page.Add($"<article><h3>{text.Text.Name} <small>{text.Tokens:N0} tokens{(shown.Length < text.Text.Text.Length ? ", its beginning" : "")}</small></h3>");
        page.Add($"<p class=\"tokens\" dir=\"auto\" tabindex=\"0\" aria-label=\"{text.Text.Name} by its tokens\"");
        if (text.Text.Language is { } language)
            page.Add($" lang=\"{language}\"");
        page.AddLiteral(">");
        int colour = 0;
        foreach (TokenGroup group in groups)
        {
            if (group.Tokens.Count == 0)
                page.Add($"<span class=\"gap\">{group.Text}</span>");
            else
                page.Add($"<span class=\"t c{colour++ % Colours}{(group.Tokens.Count > 1 ? " several" : "")}\" data-tip=\"{Describe(group)}\">{Visible(group)}</span>");
        }
        page.AddLiteral("</p></article>\n");
    }

    private static void WriteSpecialTokens(Markup page, TokenizerReport report)
    {
        page.AddLiteral("<section aria-labelledby=\"special\"><h2 id=\"special\">Special tokens</h2>\n");
        SpecialTokenLine[] tokens = [.. report.SpecialTokens()];
        if (tokens.Length == 0)
        {
            page.AddLiteral("<p class=\"empty\">This tokenizer has none.</p></section>\n");
            return;
        }
        page.AddLiteral("<table class=\"data\"><thead><tr><th scope=\"col\" class=\"n\">id</th><th scope=\"col\">token</th><th scope=\"col\">part</th></tr></thead><tbody>\n");
        foreach (SpecialTokenLine token in tokens)
            page.Add($"<tr><td class=\"n\">{token.Id}</td><th scope=\"row\"><code>{token.Content}</code></th><td>{string.Join(", ", token.Roles)}</td></tr>\n");
        page.AddLiteral("</tbody></table></section>\n");
    }

    private static string Shown(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    private static string Describe(TokenGroup group) => string.Join('\n', group.Tokens.Select(token => string.Create(CultureInfo.InvariantCulture,
        $"id {token.Id}   {Failure.OneLine(token.Token)}   {string.Join(' ', token.Bytes.ToArray().Take(24).Select(b => b.ToString("X2", CultureInfo.InvariantCulture)))}{(token.Bytes.Length > 24 ? " …" : "")}")));

    /// <summary>A line break gets a sign, or its token could not be seen; so does a token that no text shows.</summary>
    private static string Visible(TokenGroup group) =>
        group.Text.Length == 0 ? "∅" : group.Text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "↵\n", StringComparison.Ordinal).Replace("\t", "→\t", StringComparison.Ordinal);

    private static string Shorten(string text) =>
        text.Length <= MostCharacters ? text : text[..(char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)];
}
