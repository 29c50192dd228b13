using System.Text;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters that take any value as a text.</summary>
internal static class TextFilters
{
    public static IReadOnlyList<Routine> All { get; } =
    [
        new("upper", "", call => call.Result(TextCase.Upper(call.Str))),
        new("lower", "", call => call.Result(TextCase.Lower(call.Str))),
        new("capitalize", "", call => call.Result(TextCase.Capitalize(call.Str))),
        new("title", "", call => new TextValue(Title(call.Str))),
        new("trim", "chars?", call => call.Result(TextSearch.Strip(call.Str, call.NotNone(0) is null ? null : call.Text(0)))),
        new("string", "", call => call.Self is TextValue ? call.Self : new TextValue(call.Str)),
        new("replace", "old new count?", Replace),
        new("format", "* **", Format),
        new("center", "width?", call => call.Result(TextPadding.Center(call.Budget, call.Str, call.Integer(0, 80)))),
        new("wordcount", "", call => new IntValue(CountWords(call.Str))),
        new("join", "d? attribute?", Join),
        new("default", "default_value? boolean?", Default),
        new("d", "default_value? boolean?", Default),
        new("attr", "name", Attribute),
    ];

    // Not str.title: only these characters begin a word.
    private static string Title(string text)
    {
        var titled = new StringBuilder(text.Length);
        int start = 0;
        while (start < text.Length)
        {
            int end = start;
            bool isBoundary = IsBoundary(text[start]);
            while (end < text.Length && IsBoundary(text[end]) == isBoundary)
                end++;
            int width = CodePoints.WidthAt(text, start);
            titled.Append(TextCase.Upper(text.Substring(start, width))).Append(TextCase.Lower(text[(start + width)..end]));
            start = end;
        }
        return titled.ToString();
    }

    private static bool IsBoundary(char c) => CodePoints.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';

    private static TextValue Replace(Call call)
    {
        int count = call.NotNone(2) is null ? -1 : call.Integer(2);
        return new TextValue(TextSearch.Replace(call.Budget, call.Str, call.State.Str(call[0]!), call.State.Str(call[1]!), count));
    }

    private static TextValue Format(Call call)
    {
        if (call.Rest.Count > 0 && call.Named.Count > 0)
            throw new TemplateFault("can't handle positional and keyword arguments at the same time");
        Value values = new TupleValue(call.Rest);
        if (call.Named.Count > 0)
        {
            var named = new DictValue(call.Budget);
            Globals.AddNamed(named, call);
            values = named;
        }
        return PercentFormat.Apply(call.State, call.Self as TextValue ?? new TextValue(call.Str), values);
    }

    private static int CountWords(string text)
    {
        int count = 0;
        bool inWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWord = rune.Value == '_' || Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune);
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }
        return count;
    }

    private static TextValue Join(Call call)
    {
        IEnumerable<Value> items = call.Items;
        if (call.NotNone(1) is { } attribute)
            items = items.Select(AttributePath.Getter(call.State, attribute));
        return new TextValue(TextSearch.Join(call.Budget, call[0] is { } separator ? call.State.Str(separator) : "", items.Select(call.State.Str)));
    }

    private static Value Default(Call call) =>
        call.Self is UndefinedValue || call.Flag(1) && !call.Self.IsTrue ? call[0] ?? TextValue.Empty : call.Self;

    private static Value Attribute(Call call) =>
        Attributes.Find(call.Self, call.Text(0)) ?? new UndefinedValue($"'{call.Self.TypeName} object' has no attribute '{call.Text(0)}'");
}
