using System.Collections.Frozen;

namespace Weft.Data;

/// <summary>A word of an English sentence without the marks around it.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Span">Where it stands.</param>
internal sealed record EnglishWord(string Text, TextSpan Span)
{
    /// <summary>Words that join others and say little themselves; none is part of an answer of ordinary words.</summary>
    private static readonly FrozenSet<string> Function = Words("""
        a an the this that these those each every either neither some any no all both half such another other others same own
        i you he she it we they me him her us them my your his its our their mine yours hers ours theirs myself yourself himself herself itself ourselves themselves one ones
        who whom whose which what when where why how there here
        of in on at by for to from with without within into onto upon over under above below between among amongst through throughout during before after since until till against
        about around across along behind beside besides beyond near off out up down as than like unlike via per despite toward towards except including according due
        and or but nor so yet if unless because although though while whereas whether then thus hence therefore however also too not only even just still already ever never often
        always sometimes again once more most much many few less least very rather quite almost nearly now later soon both else
        am is are was were be been being has have had having do does did doing done can could may might must shall should will would ought
        become became becomes get got gets make made makes take took takes taken go goes went gone come came comes say said says see saw seen give gave given
        """);

    private static readonly FrozenSet<string> Articles = Words("a an the"),
        Determiners = Words("a an the this these those its his her their our your my each every another any some no"),
        Numerals = Words("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"),
        Magnitudes = Words("dozen hundred thousand million billion trillion"),
        Months = Words("January February March April May June July August September October November December"),
        Days = Words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday");

    /// <summary>A mark follows that parts it from the next word.</summary>
    public bool IsLast { get; init; }

    /// <summary>A mark before it parts it from the word before, such as one of quotation, so that a capital may be that of a sentence.</summary>
    public bool IsFirst { get; init; }

    /// <summary>An 's follows, which is no part of it.</summary>
    public bool IsPossessive { get; init; }

    public bool IsFunction => Function.Contains(Text.ToLowerInvariant());

    public bool IsArticle => Articles.Contains(Text.ToLowerInvariant());

    public bool IsDeterminer => Determiners.Contains(Text.ToLowerInvariant());

    public bool IsNumeral => Numerals.Contains(Text.ToLowerInvariant());

    public bool IsMagnitude => Magnitudes.Contains(Text);

    public bool IsMonth => Months.Contains(Text);

    public bool IsDay => Days.Contains(Text);

    /// <summary>Begins with a capital, and is neither the first person nor an article that begins a sentence.</summary>
    public bool IsCapital => char.IsUpper(Text[0]) && Text != "A" && !(Text[0] == 'I' && (Text.Length == 1 || Text[1] is '\'' or '’'));

    /// <summary>An ordinary word of lower-case letters, with hyphens maybe.</summary>
    public bool IsOrdinary => Text.All(c => char.IsLower(c) || c == '-') && !IsFunction && !IsNumeral && !IsMagnitude;

    /// <summary>Whether it is one of some words.</summary>
    public bool Is(params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
            if (string.Equals(Text, word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>The words of a sentence.</summary>
    public static EnglishWord[] Of(string text, TextSpan sentence)
    {
        List<EnglishWord> words = [];
        bool parted = false;
        for (int at = sentence.Start; at < sentence.End;)
        {
            int end = at;
            while (end < sentence.End && !char.IsWhiteSpace(text[end]))
                end++;
            if (Of(text, at, end) is { } word)
                words.Add(parted ? word with { IsFirst = true } : word);
            else if (words.Count > 0)
                words[^1] = words[^1] with { IsLast = true };
            // A mark alone parts words, and a sentence may begin behind a colon.
            parted = end > at && (words.Count == 0 || words[^1].Span.End <= at || text[end - 1] == ':');
            at = end;
            while (at < sentence.End && char.IsWhiteSpace(text[at]))
                at++;
        }
        return [.. words];
    }

    /// <summary>What stands between two blanks, without its marks; null where there are marks alone.</summary>
    private static EnglishWord? Of(string text, int start, int end)
    {
        int first = start, last = end;
        while (first < last && !(char.IsLetterOrDigit(text[first]) || text[first] is '$' or '£' or '€'))
            first++;
        while (last > first && !(char.IsLetterOrDigit(text[last - 1]) || text[last - 1] == '%'))
            last--;
        if (first == last)
            return null;
        bool possessive = last - first > 2 && text[last - 1] == 's' && text[last - 2] is '\'' or '’';
        ReadOnlySpan<char> behind = text.AsSpan(last, end - last);
        if (possessive)
            last -= 2;
        string word = text[first..last];
        return new(word, new(first, last))
        {
            IsFirst = first > start,
            IsPossessive = possessive,
            IsLast = possessive || !(behind.IsEmpty || (behind is "." && Sentences.KeepsPoint(word))),
        };
    }

    private static FrozenSet<string> Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
