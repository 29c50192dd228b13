using System.Text;

namespace Weft.Data;

/// <summary>Words a question: what stands around an answer, with a question's word in its place.</summary>
internal static class QuestionText
{
    /// <summary>Of the words on each side, the nearest of so many half words: what stands farther off would make a question longer than questions are.</summary>
    private const int MostOfSide = 30;

    /// <summary>Half words without which nobody could find the sentence.</summary>
    private const int Least = 6;

    private static readonly char[] Marks = [.. "\"'.,;:!?()[]{}“”‘’«»–—-…·/"];

    /// <summary>The question for an answer; null where too few words stand around it, or where they tell it.</summary>
    public static string? Of(string text, TextSpan sentence, AnswerCandidate answer, KeyedRandom random, ClozeOptions options)
    {
        string[] before = Nearest([.. Units(text, sentence.Start, answer.Hole.Start).Reverse()], random, options);
        string[] behind = Nearest([.. Units(text, answer.Hole.End, sentence.End)], random, options);
        bool swaps = random.Unit() < options.SwapShare;
        if (before.Sum(Size) + behind.Sum(Size) < Least)
            return null;
        Array.Reverse(before);
        string question = Join(swaps ? [answer.Word, .. behind, .. before] : [.. before, answer.Word, .. behind]);
        return question.Contains(answer.Answer.In(text), StringComparison.OrdinalIgnoreCase) ? null
            : char.ToUpperInvariant(question[0]) + question[1..] + (HanText.IsHan(answer.Word[0]) ? '？' : '?');
    }

    /// <summary>The units next to the answer, the nearest first, less those that chance leaves out.</summary>
    private static string[] Nearest(string[] units, KeyedRandom random, ClozeOptions options)
    {
        List<string> kept = [];
        int size = 0;
        foreach (string unit in units)
        {
            size += Size(unit);
            if (size > MostOfSide)
                break;
            if (random.Unit() >= options.DropShare)
                kept.Add(unit);
        }
        return [.. kept];
    }

    private static int Size(string unit) => HanText.IsHan(unit[0]) ? 1 : 2;

    /// <summary>Words without the marks around them, and characters of Chinese.</summary>
    private static IEnumerable<string> Units(string text, int start, int end)
    {
        for (int at = start; at < end;)
        {
            if (HanText.IsHan(text[at]))
            {
                yield return text[at..++at];
                continue;
            }
            int from = at;
            while (at < end && !char.IsWhiteSpace(text[at]) && !HanText.IsWide(text[at]))
                at++;
            string word = text[from..at].TrimStart(Marks).TrimEnd(Marks);
            if (word.Length > 0)
                yield return word;
            while (at < end && (char.IsWhiteSpace(text[at]) || HanText.IsWideMark(text[at])))
                at++;
        }
    }

    private static string Join(IEnumerable<string> units)
    {
        var text = new StringBuilder();
        foreach (string unit in units)
        {
            if (text.Length > 0 && !HanText.IsHan(text[^1]) && !HanText.IsHan(unit[0]))
                text.Append(' ');
            text.Append(unit);
        }
        return text.ToString();
    }
}
