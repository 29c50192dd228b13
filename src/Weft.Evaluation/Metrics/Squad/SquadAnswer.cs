using System.Text;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Squad;

/// <summary>What the official scripts hold for the same answer.</summary>
public static class SquadAnswer
{
    /// <summary>Small letters without ASCII's punctuation, English articles and extra white space.</summary>
    public static string Normalize(string answer) => string.Join(' ', Words(answer));

    /// <summary>Whether a prediction is an answer.</summary>
    public static bool IsExact(string prediction, string answer) => Normalize(prediction) == Normalize(answer);

    /// <summary>The F-score of the words of both, each as often as both have it; 0 to 1.</summary>
    /// <param name="prediction">Of a model.</param>
    /// <param name="answer">Of people.</param>
    /// <param name="release">Two answers without a word score 0 in the first release and 1 in the second.</param>
    public static double F1(string prediction, string answer, SquadRelease release)
    {
        List<string> given = Words(prediction), wanted = Words(answer);
        if (given.Count == 0 || wanted.Count == 0)
            return release == SquadRelease.V2 && given.Count == wanted.Count ? 1 : 0;
        long same = NGrams.Matches(NGrams.OfWords(given).Count(1), NGrams.OfWords(wanted).Count(1));
        if (same == 0)
            return 0;
        double precision = (double)same / given.Count, recall = (double)same / wanted.Count;
        return 2 * precision * recall / (precision + recall);
    }

    private static List<string> Words(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        string lower = PythonText.ToLower(answer);
        var text = new StringBuilder(lower.Length);
        var word = new StringBuilder();
        foreach (Rune rune in lower.EnumerateRunes())
        {
            if (rune.IsAscii && (Rune.IsPunctuation(rune) || Rune.IsSymbol(rune)))
                continue;
            if (PythonText.IsWord(rune))
            {
                word.Append(rune.ToString());
                continue;
            }
            AppendUnlessArticle(text, word);
            text.Append(rune.ToString());
        }
        AppendUnlessArticle(text, word);
        return PythonText.Split(text.ToString());
    }

    private static void AppendUnlessArticle(StringBuilder text, StringBuilder word)
    {
        string spelled = word.ToString();
        text.Append(spelled is "a" or "an" or "the" ? " " : spelled);
        word.Clear();
    }
}
