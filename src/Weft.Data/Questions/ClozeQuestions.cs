using System.Globalization;
using System.Runtime.InteropServices;

namespace Weft.Data;

/// <summary>
/// Questions out of plain text, to pretrain a reader that looks for answers (Lewis, Denoyer and Riedel 2019, arXiv:1906.04980, with noisy cloze questions): a part of a sentence that
/// looks like an answer is taken out and its place taken by a question's word; some of the other words are left out, and the two halves may change places. Whoever answers has to find
/// the sentence by the words that are left, and then the part that is missing. What looks like an answer is decided by simple rules for English and Chinese, no model.
/// </summary>
public static class ClozeQuestions
{
    /// <summary>Makes questions of the passages of files, in their order; a passage that occurs again is passed over.</summary>
    /// <param name="files">Plain text or .gz, as <see cref="TextFiles.Expand"/> gives them; WikiText's marks are undone.</param>
    /// <param name="options">How many, and how they are worded.</param>
    /// <param name="ct">Checked at each passage.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is impossible.</exception>
    /// <exception cref="InvalidDataException">A file is not text, or no question can be made of any.</exception>
    public static IEnumerable<ClozeQuestion> Make(IEnumerable<string> files, ClozeOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return MakeAll([.. files], (options ?? new()).Validate(), ct);
    }

    private static IEnumerable<ClozeQuestion> MakeAll(IReadOnlyList<string> files, ClozeOptions options, CancellationToken ct)
    {
        var seen = new ExactDeduplicator();
        int made = 0;
        foreach (Passage passage in files.SelectMany(PassageReader.Read))
        {
            ct.ThrowIfCancellationRequested();
            if (!seen.TryAdd(passage.Text))
                continue;
            foreach (ClozeQuestion question in Of(passage, new(options.Seed, seen.Count, 0), options))
            {
                yield return question;
                if (++made == options.Limit)
                    yield break;
            }
        }
        if (made == 0)
            throw new InvalidDataException($"{string.Join(", ", files)}: no question can be made of {(files.Count == 1 ? "this text" : "these texts")}, for "
                + (seen.Count == 0 ? "it has no passage of 60 to 150 words in whole sentences (120 to 300 characters of Chinese)" : "nothing in it looks like an answer")
                + "; give running text in English or Chinese");
    }

    private static IEnumerable<ClozeQuestion> Of(Passage passage, KeyedRandom random, ClozeOptions options)
    {
        (AnswerCandidate Answer, TextSpan Sentence)[] all = [.. passage.Sentences.SelectMany(sentence => AnswerCandidate.Find(passage.Text, sentence).Select(answer => (answer, sentence)))];
        Queue<(AnswerCandidate, TextSpan)> Shuffled(bool phrases)
        {
            var some = all.Where(one => one.Answer.Kind == AnswerKind.Phrase == phrases).ToArray();
            random.Shuffle<(AnswerCandidate, TextSpan)>(some);
            return new(some);
        }
        Queue<(AnswerCandidate, TextSpan)> telling = Shuffled(phrases: false), ordinary = Shuffled(phrases: true);
        var asked = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (asked.Count < options.PerPassage && telling.Count + ordinary.Count > 0)
        {
            bool phrase = telling.Count == 0 || (ordinary.Count > 0 && random.Unit() < options.PhraseShare);
            (AnswerCandidate answer, TextSpan sentence) = (phrase ? ordinary : telling).Dequeue();
            string text = answer.Answer.In(passage.Text);
            if (asked.Contains(text) || QuestionText.Of(passage.Text, sentence, answer, random, options) is not { } question)
                continue;
            asked.Add(text);
            yield return new(ToQuestion(passage, answer.Answer, question), answer.Kind);
        }
    }

    private static ReadingQuestion ToQuestion(Passage passage, TextSpan answer, string question)
    {
        var hash = new XxHash64();
        hash.Append(MemoryMarshal.AsBytes(passage.Text.AsSpan()));
        string id = string.Create(CultureInfo.InvariantCulture, $"{hash.Digest():x16}-{answer.Start}-{answer.End}");
        // Places count code points, as in all files of this form.
        int start = passage.Text[..answer.Start].EnumerateRunes().Count();
        return new(id, question, passage.Text, [new(answer.In(passage.Text), start)], $"{passage.File}, question '{id}'") { Article = passage.Article };
    }
}
