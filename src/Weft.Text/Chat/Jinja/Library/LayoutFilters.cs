using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters that lay out lines.</summary>
internal static class LayoutFilters
{
    public static IReadOnlyList<Routine> All { get; } =
    [
        new("indent", "width? first? blank?", Indent),
        new("truncate", "length? killwords? end? leeway?", Truncate),
        new("wordwrap", "width? break_long_words? wrapstring? break_on_hyphens?", Wrap),
    ];

    private static TextValue Indent(Call call)
    {
        if (call.Self is not TextValue)
            throw new TemplateFault($"indent needs a text, not '{call.Self.TypeName}'; use the filter 'string' before it");
        string indention = call[0] is TextValue width ? width.Text : TextPadding.Blanks(call.Budget, call.Integer(0, 4));
        List<string> lines = TextSearch.SplitLines(call.SelfText + "\n", keepEnds: false);
        call.Budget.SpendText((long)call.SelfText.Length + (long)indention.Length * lines.Count);
        bool indentsBlank = call.Flag(2);
        IEnumerable<string> indented = lines.Select((line, index) => index > 0 && (indentsBlank || line.Length > 0) ? indention + line : line);
        return call.Result((call.Flag(1) ? indention : "") + string.Join('\n', indented));
    }

    private static Value Truncate(Call call)
    {
        int length = call.Integer(0, 255), leeway = call.NotNone(3) is null ? 5 : call.Integer(3);
        string end = call.Text(2, "...");
        int kept = length - CodePoints.Count(end);
        if (kept < 0 || leeway < 0)
            throw new TemplateFault(kept < 0 ? $"expected length >= {CodePoints.Count(end)}, got {length}" : $"expected leeway >= 0, got {leeway}");
        if (Evaluation.Iteration.Count(call.Self) <= (long)length + leeway)
            return call.Self;
        if (call.Self is not TextValue { Text: var text })
            throw new TemplateFault($"truncate needs a text, not '{call.Self.TypeName}'; use the filter 'string' before it");
        string cut = text[..CodePoints.Unit(text, kept)];
        if (!call.Flag(1) && cut.LastIndexOf(' ') is >= 0 and var blank)
            cut = cut[..blank];
        return call.Result(cut + end);
    }

    private static TextValue Wrap(Call call)
    {
        if (call.Self is not TextValue)
            throw new TemplateFault($"wordwrap needs a text, not '{call.Self.TypeName}'; use the filter 'string' before it");
        var wrapper = new TextWrapper(call.Budget, call.Integer(0, 79), call.Flag(1, byDefault: true), call.Flag(3, byDefault: true));
        string separator = call.NotNone(2) is null ? "\n" : call.Text(2);
        IEnumerable<string> lines = TextSearch.SplitLines(call.SelfText, keepEnds: false)
            .Select(line => TextSearch.Join(call.Budget, separator, wrapper.Wrap(line)));
        return new TextValue(TextSearch.Join(call.Budget, separator, lines));
    }
}
