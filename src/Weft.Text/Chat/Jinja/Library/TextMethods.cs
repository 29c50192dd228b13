using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>The methods of <c>str</c>.</summary>
internal static class TextMethods
{
    private static readonly FrozenDictionary<string, Routine> Table = new[]
    {
        Cases(), Ends(), Searches(), Splits(), Paddings(), Questions(),
    }.SelectMany(routines => routines).ToFrozenDictionary(routine => routine.Name, StringComparer.Ordinal);

    public static Routine? Find(string name) => Table.GetValueOrDefault(name);

    private static Routine[] Cases() =>
    [
        new("upper", "", call => call.Result(TextCase.Upper(call.SelfText))),
        new("lower", "", call => call.Result(TextCase.Lower(call.SelfText))),
        new("casefold", "", call => call.Result(TextCase.Fold(call.SelfText))),
        new("capitalize", "", call => call.Result(TextCase.Capitalize(call.SelfText))),
        new("title", "", call => call.Result(TextCase.Title(call.SelfText))),
        new("swapcase", "", call => call.Result(TextCase.SwapCase(call.SelfText))),
        new("format", "* **", BraceFormat.Format),
        new("format_map", "mapping /", BraceFormat.FormatMap),
    ];

    private static Routine[] Ends() =>
    [
        new("strip", "chars? /", call => call.Result(TextSearch.Strip(call.SelfText, Characters(call)))),
        new("lstrip", "chars? /", call => call.Result(TextSearch.Strip(call.SelfText, Characters(call), atEnd: false))),
        new("rstrip", "chars? /", call => call.Result(TextSearch.Strip(call.SelfText, Characters(call), atStart: false))),
        new("removeprefix", "prefix /", call => call.Result(call.SelfText.StartsWith(call.Text(0), StringComparison.Ordinal) ? call.SelfText[call.Text(0).Length..] : call.SelfText)),
        new("removesuffix", "suffix /", call => call.Result(call.SelfText.EndsWith(call.Text(0), StringComparison.Ordinal) ? call.SelfText[..^call.Text(0).Length] : call.SelfText)),
        new("startswith", "prefix start? end? /", call => BoolValue.Of(Edge(call, (text, part) => text.StartsWith(part, StringComparison.Ordinal)))),
        new("endswith", "suffix start? end? /", call => BoolValue.Of(Edge(call, (text, part) => text.EndsWith(part, StringComparison.Ordinal)))),
    ];

    private static Routine[] Searches() =>
    [
        new("find", "sub start? end? /", call => new IntValue(Position(call, fromEnd: false))),
        new("rfind", "sub start? end? /", call => new IntValue(Position(call, fromEnd: true))),
        new("index", "sub start? end? /", call => new IntValue(Found(Position(call, fromEnd: false)))),
        new("rindex", "sub start? end? /", call => new IntValue(Found(Position(call, fromEnd: true)))),
        new("count", "sub start? end? /", call =>
        {
            call.Budget.SpendSearch(call.SelfText.Length, call.Text(0).Length);
            int count = Part(call) is var (part, _) ? TextSearch.Find(part, call.Text(0)).Count : 0;
            call.Budget.Spend(count / 2);
            return new IntValue(count);
        }),
        // Named since Python 3.13.
        new("replace", "old new / count?", call => call.Result(TextSearch.Replace(call.Budget, call.SelfText, call.Text(0), call.Text(1), call.Integer(2, -1)))),
        new("expandtabs", "tabsize?", call => call.Result(ExpandTabs(call))),
    ];

    private static Routine[] Splits() =>
    [
        new("split", "sep? maxsplit?", call => List(call, TextSearch.Split(call.SelfText, Separator(call), call.Integer(1, -1)))),
        new("rsplit", "sep? maxsplit?", call => List(call, TextSearch.SplitFromEnd(call.SelfText, Separator(call), call.Integer(1, -1)))),
        new("splitlines", "keepends?", call => List(call, TextSearch.SplitLines(call.SelfText, call.Flag(0)))),
        new("partition", "sep /", call => Partition(call, fromEnd: false)),
        new("rpartition", "sep /", call => Partition(call, fromEnd: true)),
        new("join", "iterable /", Join),
    ];

    private static Routine[] Paddings() =>
    [
        new("center", "width fillchar? /", call => call.Result(TextPadding.Center(call.Budget, call.SelfText, call.Integer(0), Filler(call)))),
        new("ljust", "width fillchar? /", call => call.Result(call.SelfText + Padding(call))),
        new("rjust", "width fillchar? /", call => call.Result(Padding(call) + call.SelfText)),
        new("zfill", "width /", call =>
        {
            string zeros = TextPadding.Fill(call.Budget, "0", TextPadding.Missing(call.SelfText, call.Integer(0)));
            return call.Result(call.SelfText is ['+' or '-', ..] ? call.SelfText[0] + zeros + call.SelfText[1..] : zeros + call.SelfText);
        }),
    ];

    private static Routine[] Questions() =>
    [
        new("islower", "", call => BoolValue.Of(TextCase.IsLower(call.SelfText))),
        new("isupper", "", call => BoolValue.Of(TextCase.IsUpper(call.SelfText))),
        new("istitle", "", call => BoolValue.Of(TextCase.IsTitle(call.SelfText))),
        new("isspace", "", call => BoolValue.Of(call.SelfText.Length > 0 && call.SelfText.All(CodePoints.IsSpace))),
        new("isascii", "", call => BoolValue.Of(call.SelfText.All(char.IsAscii))),
        new("isprintable", "", call => BoolValue.Of(CodePoints.Scalars(call.SelfText).All(CodePoints.IsPrintable))),
        All("isalpha", IsAlpha),
        All("isdecimal", IsDecimal),
        All("isdigit", IsDigit),
        All("isnumeric", rune => Rune.GetNumericValue(rune) != -1),
        All("isalnum", rune => IsAlpha(rune) || Rune.GetNumericValue(rune) != -1),
        new("isidentifier", "", call => BoolValue.Of(call.SelfText.Length > 0
            && call.SelfText.EnumerateRunes().Select((rune, index) => index == 0 ? BeginsName(rune) : BeginsName(rune) || ContinuesName(rune)).All(fits => fits))),
    ];

    private static bool IsAlpha(Rune rune) => Rune.IsLetter(rune);

    private static bool BeginsName(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;

    private static bool ContinuesName(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    private static bool IsDecimal(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsDigit(Rune rune) => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0;

    private static Routine All(string name, Func<Rune, bool> holds) =>
        new(name, "", call => BoolValue.Of(call.SelfText.Length > 0 && call.SelfText.EnumerateRunes().All(holds)));

    private static string? Characters(Call call) => call.NotNone(0) is null ? null : call.Text(0);

    private static string? Separator(Call call)
    {
        if (call.NotNone(0) is null)
            return null;
        string separator = call.Text(0);
        call.Budget.SpendSearch(call.SelfText.Length, separator.Length);
        return separator.Length > 0 ? separator : throw new TemplateFault("empty separator; leave it out to split at white space");
    }

    private static ListValue List(Call call, List<string> parts)
    {
        call.Budget.SpendText(call.SelfText.Length);
        call.Budget.Spend(parts.Count);
        return new ListValue([.. parts.Select(call.Result)]);
    }

    /// <summary>The part of the text between the second and third argument, with its first position in code points; null where the first lies beyond the last.</summary>
    private static (string Part, int Start)? Part(Call call)
    {
        string text = call.SelfText;
        if (call.NotNone(1) is null && call.NotNone(2) is null)
            return (text, 0);
        int count = CodePoints.Count(text);
        int Bound(int index, int byDefault) => call.NotNone(index) is null ? byDefault
            : call.Integer(index) is < 0 and var negative ? Math.Max(0, negative + count) : call.Integer(index);
        int start = Bound(1, 0), end = Math.Min(Bound(2, count), count);
        return start <= end ? (text[CodePoints.Unit(text, start)..CodePoints.Unit(text, end)], start) : null;
    }

    private static bool Edge(Call call, Func<string, string, bool> holds)
    {
        IReadOnlyList<Value> parts = call[0] is TupleValue tuple ? tuple.Items : [call[0]!];
        if (parts.FirstOrDefault(part => part is not TextValue) is { } wrong)
            throw wrong is UndefinedValue undefined
                ? undefined.Fault()
                : new TemplateFault($"startswith and endswith need a text or a tuple of texts, not {wrong.TypeName}");
        return Part(call) is var (text, _) && parts.Any(part => holds(text, ((TextValue)part).Text));
    }

    private static int Position(Call call, bool fromEnd)
    {
        string sought = call.Text(0);
        if (Part(call) is not var (part, start))
            return -1;
        call.Budget.SpendSearch(part.Length, sought.Length);
        int unit = fromEnd ? part.AsSpan().LastIndexOf(sought) : part.IndexOf(sought, StringComparison.Ordinal);
        if (fromEnd && sought.Length == 0)
            unit = part.Length;
        return unit < 0 ? -1 : start + CodePoints.At(part, unit);
    }

    private static int Found(int position) => position >= 0 ? position : throw new TemplateFault("substring not found");

    private static string Filler(Call call) => call.Text(1, " ") is var filler && CodePoints.Count(filler) == 1
        ? filler
        : throw new TemplateFault("The fill character must be exactly one character long");

    private static string Padding(Call call) => TextPadding.Fill(call.Budget, Filler(call), TextPadding.Missing(call.SelfText, call.Integer(0)));

    private static TupleValue Partition(Call call, bool fromEnd)
    {
        string text = call.SelfText, separator = call.Text(0);
        if (separator.Length == 0)
            throw new TemplateFault("empty separator");
        call.Budget.SpendSearch(text.Length, separator.Length);
        int at = fromEnd ? text.AsSpan().LastIndexOf(separator) : text.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = at >= 0
            ? [text[..at], separator, text[(at + separator.Length)..]]
            : fromEnd ? ["", "", text] : [text, "", ""];
        return new TupleValue([.. parts.Select(call.Result)]);
    }

    private static TextValue Join(Call call)
    {
        int index = 0;
        string Item(Value item) => item switch
        {
            TextValue text when ++index > 0 => text.Text,
            _ => throw new TemplateFault($"sequence item {index}: expected str instance, {item.TypeName} found; use the filter 'join'"),
        };
        return call.Result(TextSearch.Join(call.Budget, call.SelfText, call.State.Iterate(call[0]!).Select(Item)));
    }

    private static string ExpandTabs(Call call)
    {
        int size = call.Integer(0, 8), column = 0;
        var expanded = new StringBuilder();
        foreach (string point in CodePoints.Split(call.SelfText))
        {
            bool isTab = point == "\t";
            string written = !isTab ? point : size > 0 ? TextPadding.Blanks(call.Budget, size - column % size) : "";
            column = point is "\n" or "\r" ? 0 : column + (isTab ? written.Length : 1);
            call.Budget.CheckText((long)expanded.Length + written.Length);
            expanded.Append(written);
        }
        return expanded.ToString();
    }
}
