using System.Text.RegularExpressions;

namespace Weft.Data;

/// <summary>Parts of an English sentence that look like answers, by rules for runs of words.</summary>
internal sealed partial class EnglishAnswers
{
    private const int MostWordsOfName = 6, MostWordsOfQuotation = 6, MostWordsOfPhrase = 4;

    /// <summary>A word of fewer letters alone is seldom worth a question.</summary>
    private const int LeastLetters = 4;

    private readonly string _text;
    private readonly EnglishWord[] _words;

    private EnglishAnswers(string text, TextSpan sentence)
    {
        _text = text;
        _words = EnglishWord.Of(text, sentence);
    }

    /// <inheritdoc cref="AnswerCandidate.Find"/>
    public static IReadOnlyList<AnswerCandidate> Find(string text, TextSpan sentence)
    {
        var answers = new EnglishAnswers(text, sentence);
        return [.. answers.Runs(), .. answers.Quotations(sentence), .. answers.Phrases()];
    }

    /// <summary>Dates, numbers and names, which share no word.</summary>
    private IEnumerable<AnswerCandidate> Runs()
    {
        for (int i = 0, end; i < _words.Length; i = end)
        {
            if ((end = EndOfDate(i)) > i)
                yield return Candidate(i, end, AnswerKind.Date, "when", "in", "on", "at", "during");
            else if ((end = EndOfNumber(i)) > i)
                yield return Candidate(i, end, AnswerKind.Number, IsAmount(i, end) ? "how much" : "how many");
            else if ((end = EndOfName(i)) > i && IsName(i, end))
                yield return Name(i, end);
            else
                end = Math.Max(end, i + 1);
        }
    }

    private int EndOfDate(int i)
    {
        int end = i;
        if (IsDayOfMonth(i) && Joined(i) && _words[i + 1].IsMonth)
            end = EndWithYear(i + 2);
        else if (_words[i].IsMonth)
        {
            end = Joined(i) && IsDayOfMonth(i + 1) ? i + 2 : i + 1;
            end = EndWithYear(end);
            // May is a verb too, and March one more: alone they need a word that says so.
            end = end == i + 1 && !(i > 0 && _words[i - 1].Is("in", "of", "since", "until", "by", "during", "early", "late")) ? i : end;
        }
        else if (Joined(i) && Ordinal().IsMatch(_words[i].Text) && _words[i + 1].Is("century", "centuries"))
            end = i + 2;
        else if (Year().IsMatch(_words[i].Text) && StandsForYear(i))
            end = i + 1;
        return end;
    }

    /// <summary>The end of a date that may go on with a year.</summary>
    private int EndWithYear(int end) =>
        end < _words.Length && Year().IsMatch(_words[end].Text) && (Joined(end - 1) || _text[_words[end - 1].Span.End.._words[end].Span.Start] == ", ") ? end + 1 : end;

    private bool IsDayOfMonth(int i) => i < _words.Length && DayOfMonth().IsMatch(_words[i].Text);

    /// <summary>A number like a year is one unless it counts something.</summary>
    private bool StandsForYear(int i) => _words[i].Text[^1] == 's' || !(Joined(i) && _words[i + 1].IsOrdinary)
        ? !(i > 0 && _words[i - 1].Is("no", "number", "route", "highway", "about", "over", "than", "nearly", "almost"))
        : i > 0 && _words[i - 1].Is("in", "since", "until", "during");

    private int EndOfNumber(int i)
    {
        if (!(Digits().IsMatch(_words[i].Text) || _words[i].IsNumeral))
            return i;
        int end = i + 1;
        while (end < _words.Length && Joined(end - 1) && _words[end].IsMagnitude)
            end++;
        return IsAmount(i, end) || (end < _words.Length && Joined(end - 1) && _words[end].IsOrdinary) ? end : i;
    }

    /// <summary>Money, or a share: there is no unit behind it.</summary>
    private bool IsAmount(int i, int end) => _words[i].Text[0] is '$' or '£' or '€' || _words[end - 1].Text[^1] == '%';

    /// <summary>The end of a run of capitalised words. One that begins the sentence is passed over: the first capital says nothing.</summary>
    private int EndOfName(int i)
    {
        if (!_words[i].IsCapital || (i == 0 && _words[i].IsFunction))
            return i;
        int end = i + 1;
        while (end < _words.Length && Joined(end - 1))
        {
            int connectors = _words[end].Is("of", "de", "von", "van", "der", "la", "di", "du", "del", "da", "al", "bin") && !_words[end].IsCapital
                ? end + 1 < _words.Length && Joined(end) && _words[end + 1].Is("the", "la") && !_words[end + 1].IsCapital ? 2 : 1
                : 0;
            int next = end + connectors;
            if (next >= _words.Length || !Joined(next - 1) || !_words[next].IsCapital)
                break;
            end = next + 1;
        }
        return end;
    }

    private bool IsName(int i, int end)
    {
        EnglishWord first = _words[i];
        if (i == 0 || first.IsFirst || end - i > MostWordsOfName || first.Text == "O")
            return false;
        bool goesOn = end < _words.Length && Joined(end - 1);
        // A number behind it would be a part of it.
        if (goesOn && (char.IsAsciiDigit(_words[end].Text[0]) || _words[end].Text == "I"))
            return false;
        if (end - i > 1)
            return !_words[i..end].All(word => word.IsFunction);
        // What tells of a nation stands before what it is.
        return first.Text.Length > 1 && !first.IsMonth && !first.IsDay && !first.IsFunction
            && !(goesOn && _words[end].IsOrdinary && Nationality().IsMatch(first.Text));
    }

    private AnswerCandidate Name(int i, int end)
    {
        bool article = i > 0 && Joined(i - 1) && _words[i - 1].IsArticle;
        int before = article ? i - 2 : i - 1;
        string word = _words[end - 1].IsPossessive ? "whose"
            : before >= 0 && Joined(before) && _words[before].Is("in", "at", "near", "throughout", "across") ? "where"
            : article || _words[i..end].Any(part => part.Is("of")) ? "what"
            : "who";
        return word == "where" ? Candidate(i, end, AnswerKind.Name, word, "in", "at", "near", "throughout", "across") : Candidate(i, end, AnswerKind.Name, word);
    }

    private IEnumerable<AnswerCandidate> Quotations(TextSpan sentence)
    {
        foreach (Match match in sentence.Matches(Quotation(), _text))
        {
            Group inner = match.Groups["inner"];
            int start = inner.Index, end = start + inner.Value.AsSpan().TrimEnd(",.;:!?").Length;
            if (end > start && _text.AsSpan(start, end - start).Count(' ') < MostWordsOfQuotation && match.Length < sentence.End - sentence.Start - 1)
                yield return new(new(start, end), new(match.Index, match.Index + match.Length), "what", AnswerKind.Quotation);
        }
    }

    /// <summary>Up to four ordinary words behind an article or its like, up to a mark or a word that joins.</summary>
    private IEnumerable<AnswerCandidate> Phrases()
    {
        for (int i = 0; i + 1 < _words.Length; i++)
        {
            if (!_words[i].IsDeterminer || !Joined(i))
                continue;
            int first = i + 1, end = first;
            while (end < _words.Length && _words[end].IsOrdinary && (end == first || Joined(end - 1)))
                end++;
            bool ends = end > first && (end == _words.Length || !Joined(end - 1) || _words[end].IsFunction);
            if (!ends || end - first > MostWordsOfPhrase || _words[end - 1].Text.EndsWith("ly", StringComparison.Ordinal))
                continue;
            // A verb in the past says what the words before it did.
            if (end - first > 1 && _words[end - 1].Text.EndsWith("ed", StringComparison.Ordinal))
                end--;
            if (end - first > 1 || _words[first].Text.Length >= LeastLetters)
                yield return Candidate(first, end, AnswerKind.Phrase, _words[end - 1].IsPossessive ? "whose" : "what", determiner: true);
        }
    }

    /// <summary>A run of words; its hole takes in the article before it, and the word before that where it is one of some.</summary>
    private AnswerCandidate Candidate(int i, int end, AnswerKind kind, string word, params ReadOnlySpan<string> prepositions) =>
        Candidate(i, end, kind, word, determiner: false, prepositions);

    private AnswerCandidate Candidate(int i, int end, AnswerKind kind, string word, bool determiner, params ReadOnlySpan<string> prepositions)
    {
        int first = i;
        if (first > 0 && Joined(first - 1) && (determiner ? _words[first - 1].IsDeterminer : _words[first - 1].IsArticle))
            first--;
        if (first > 0 && Joined(first - 1) && _words[first - 1].Is(prepositions))
            first--;
        int last = _words[end - 1].Span.End;
        return new(new(_words[i].Span.Start, last), new(_words[first].Span.Start, _words[end - 1].IsPossessive ? last + 2 : last), word, kind);
    }

    /// <summary>Nothing but a blank stands between a word and the next, or the point of a first letter.</summary>
    private bool Joined(int i) => i + 1 < _words.Length && !_words[i].IsLast && !_words[i + 1].IsFirst;

    [GeneratedRegex(@"^(?:1\d{3}|20\d{2})s?$")]
    private static partial Regex Year();

    [GeneratedRegex("^(?:[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?$")]
    private static partial Regex DayOfMonth();

    [GeneratedRegex(@"^(?:\d{1,2}(?:st|nd|rd|th)|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ordinal();

    [GeneratedRegex(@"^[$£€]?\d+(?:,\d{3})*(?:\.\d+)?%?$")]
    private static partial Regex Digits();

    [GeneratedRegex("(?:an|ish|ese|ch)$")]
    private static partial Regex Nationality();

    [GeneratedRegex(@"“(?<inner>[^“”""]{2,60})”|(?<![^\s(])""(?<inner>[^\s""“”][^""“”]{1,59})""")]
    private static partial Regex Quotation();
}
