using Weft.Data;
using Weft.Training.Runs;

namespace Weft.Training.Baselines;

/// <summary>What a sliding window answers.</summary>
/// <param name="Questions">The test questions of a recipe, or its validation questions where there are none.</param>
/// <param name="Predictions">The answer to each, by id.</param>
public sealed record SlidingWindowResult(IReadOnlyList<ReadingQuestion> Questions, IReadOnlyDictionary<string, string> Predictions);

/// <summary>
/// What a reader has to beat: the sliding window with distance of Richardson, Burges and Renshaw (2013, "MCTest", EMNLP, figure 3), which Rajpurkar et al. (2016, arXiv:1606.05250,
/// section 5) take for SQuAD. A candidate has the greatest sum that a window over it has of ln(1 + 1/count) of the question's words, the count being that in the text and the window as long as
/// candidate and question together, less the distance between the candidate and the nearest of these words, as a share of the text. What is a candidate no parser says here: a run of
/// words within a clause, none of which is the question's or among the most frequent words of the training texts.
/// </summary>
public sealed class SlidingWindowBaseline
{
    /// <summary>So many words of English hold half of a text and next to no answer.</summary>
    private const int Frequent = 100;

    private readonly HashSet<string> _frequent;

    private SlidingWindowBaseline(IEnumerable<string> texts) => _frequent =
        [.. texts.SelectMany(WordsOf).CountBy(word => word.Text).OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal).Take(Frequent).Select(word => word.Key)];

    /// <summary>Answers the held-out questions of a recipe, which are those that a run of it is judged by.</summary>
    /// <param name="recipe">Its task says what the questions are.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The task is another, or its questions cannot be used.</exception>
    public static SlidingWindowResult Run(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(observer);
        if (recipe.Task is not { Kind: TaskKind.Spans })
            throw new InvalidDataException("a sliding window answers questions; give a recipe whose task.kind is spans");
        SpanRows rows = SpanRows.Begin(recipe, observer, cancellation).Rows;
        var baseline = new SlidingWindowBaseline(rows.Splits[0].Select(question => question.Context).Distinct());
        IReadOnlyList<ReadingQuestion> held = rows.Splits[2].Count > 0 ? rows.Splits[2] : rows.Splits[1];
        Dictionary<string, string> predictions = [];
        foreach (ReadingQuestion question in held)
        {
            cancellation.ThrowIfCancellationRequested();
            predictions[question.Id] = baseline.Answer(question.Question, question.Context);
        }
        return new(held, predictions);
    }

    /// <summary>The best candidate, the first of equals; empty where there is none.</summary>
    private string Answer(string question, string context)
    {
        Word[] words = [.. WordsOf(context)];
        string[] asked = [.. WordsOf(question).Select(word => word.Text)];
        HashSet<string> set = [.. asked];
        Dictionary<string, int> counts = words.CountBy(word => word.Text).ToDictionary(StringComparer.Ordinal);
        // Sums of what the question's words are worth, up to each word of the text; and where those words stand that say something.
        double[] sums = new double[words.Length + 1];
        for (int i = 0; i < words.Length; i++)
            sums[i + 1] = sums[i] + (set.Contains(words[i].Text) ? Math.Log(1 + (1.0 / counts[words[i].Text])) : 0);
        int[] telling = [.. Enumerable.Range(0, words.Length).Where(i => set.Contains(words[i].Text) && !_frequent.Contains(words[i].Text))];
        (int Start, int End)? best = null;
        double most = double.NegativeInfinity;
        foreach ((int start, int end) in Candidates(words, set))
        {
            double score = Overlap(sums, start, end, asked.Length) - Distance(telling, start, end, words.Length);
            if (score > most)
                (most, best) = (score, (start, end));
        }
        return best is var (first, after) ? context[words[first].Start..words[after - 1].End] : "";
    }

    private IEnumerable<(int Start, int End)> Candidates(Word[] words, HashSet<string> asked)
    {
        int start = 0;
        for (int i = 0; i <= words.Length; i++)
        {
            bool ends = i == words.Length || words[i].BeginsClause, passed = i < words.Length && (asked.Contains(words[i].Text) || _frequent.Contains(words[i].Text));
            if ((ends || passed) && start < i)
                yield return (start, i);
            if (ends || passed)
                start = passed ? i + 1 : i;
        }
    }

    /// <summary>The greatest sum of a window that holds the candidate.</summary>
    private static double Overlap(double[] sums, int start, int end, int asked)
    {
        double most = 0;
        int length = end - start + asked, last = sums.Length - 1;
        for (int from = Math.Max(0, end - length); from <= start; from++)
            most = Math.Max(most, sums[Math.Min(last, from + length)] - sums[from]);
        return most;
    }

    private static double Distance(int[] telling, int start, int end, int words)
    {
        if (telling.Length == 0 || words < 2)
            return 1;
        return (double)telling.Min(place => place < start ? start - place : place - end + 1) / (words - 1);
    }

    /// <summary>Runs of letters and digits in lower case; of scripts without blanks between words, each letter.</summary>
    private static IEnumerable<Word> WordsOf(string text)
    {
        bool clause = true;
        for (int start = 0; start < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[start]))
            {
                clause |= !char.IsWhiteSpace(text[start]) && text[start] is not ('-' or '\'' or '’' or '%' or '$' or '£' or '€');
                start++;
                continue;
            }
            int end = start + 1;
            if (!Stands(text[start]))
                while (end < text.Length && ((char.IsLetterOrDigit(text[end]) && !Stands(text[end])) || (text[end] is '.' or ',' or '-' or '\'' && end + 1 < text.Length && char.IsLetterOrDigit(text[end + 1]))))
                    end++;
            yield return new(text[start..end].ToLowerInvariant(), start, end, clause);
            (start, clause) = (end, false);
        }
    }

    private static bool Stands(char letter) => char.GetUnicodeCategory(letter) == System.Globalization.UnicodeCategory.OtherLetter;

    /// <summary>A word of a text.</summary>
    /// <param name="Text">In lower case.</param>
    /// <param name="Start">Where it begins, in UTF-16 units.</param>
    /// <param name="End">Where it ends.</param>
    /// <param name="BeginsClause">Punctuation stands before it, or nothing.</param>
    private readonly record struct Word(string Text, int Start, int End, bool BeginsClause);
}
