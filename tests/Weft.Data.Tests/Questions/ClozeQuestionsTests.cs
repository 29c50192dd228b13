using System.Text.RegularExpressions;

namespace Weft.Data.Tests.Questions;

/// <summary>Questions of passages, on real text too.</summary>
public partial class ClozeQuestionsTests
{
    private const string WikiText2 = "datasets/wikitext2/wiki.valid.raw.gz", WarAndPeace = "datasets/books/war-and-peace.txt.gz", ChineseXquad = "datasets/xquad/xquad.zh.first_half.json.gz";

    /// <summary>Sixty words and more; the second sentence alone has an answer that looks like one.</summary>
    private const string Small = "It was very quiet and it was so for a long while then, and for much longer than any of us could have said or would have. "
        + "In 1758 it was described by Carl Linnaeus as one of them. "
        + "Then it was even more so, and it was as it had been, and we did not go out until it was over and done with for us and for all of them there.";

    [Theory]
    [InlineData(0.0, "In 1758 it was described by who as one of them?|When it was described by Carl Linnaeus as one of them?")]
    [InlineData(1.0, "When it was described by Carl Linnaeus as one of them?|Who as one of them In 1758 it was described by?")]
    public void The_questions_word_stands_for_the_answer_and_halves_may_change_places(double swaps, string expected)
    {
        ClozeQuestion[] questions = Make(Small, new() { DropShare = 0, SwapShare = swaps, PhraseShare = 0 });
        Assert.Equal(expected.Split('|').Order(), questions.Select(question => question.Question.Question).Order());
        Assert.Equal([(AnswerKind.Date, "1758"), (AnswerKind.Name, "Carl Linnaeus")], questions.Select(question => (question.Kind, question.Question.Answers[0].Text)).Order());
    }

    [Fact]
    public void Chinese_questions_are_made_of_characters()
    {
        string text = "他们说这里很安静，大家都不出门，只是坐着等。" + "林奈于1758年命名了这种龙虾，并写了《自然系统》。" + string.Concat(Enumerable.Repeat("后来他们也这样，都在家里，没有再出去过，直到我们来了。", 4));
        string[] questions = [.. Make(text, new() { DropShare = 0, SwapShare = 0, PhraseShare = 0, PerPassage = 2 }).Select(question => question.Question.Question)];
        Assert.Equal(["林奈于1758年命名了这种龙虾并写了什么？", "林奈于何时命名了这种龙虾并写了自然系统？"], questions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Words_are_left_out_as_often_as_asked()
    {
        string file = TestAssets.Require(WikiText2);
        double Words(double dropped) => ClozeQuestions.Make([file], new() { DropShare = dropped, Limit = 1000 }).Sum(question => question.Question.Question.Split(' ').Length - 1.0);
        double all = Words(0);
        Assert.InRange(Words(0.3) / all, 0.67, 0.73);
        Assert.InRange(Words(0.15) / all, 0.82, 0.88);
    }

    [Theory]
    [InlineData(WikiText2, 5000)]
    [InlineData(WarAndPeace, 20000)]
    [InlineData(ChineseXquad, 400)]
    public void Answers_of_real_text_stand_where_they_are_said_to_and_no_question_tells_its_own(string asset, int least)
    {
        using var folder = new TemporaryFolder();
        ClozeQuestion[] all = [.. ClozeQuestions.Make([TextOf(asset, folder)])];
        Assert.InRange(all.Length, least, 2 * least);
        ReadingQuestion[] questions = [.. all.Select(question => question.Question)];
        Assert.Equal(questions.Length, questions.DistinctBy(question => question.Id).Count());
        Assert.All(questions, question =>
        {
            MarkedAnswer answer = Assert.Single(question.Answers);
            Assert.NotNull(answer.In(question.Context));
            Assert.DoesNotContain(answer.Text, question.Question, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(answer.Text.Trim(), answer.Text);
            Assert.InRange(HanText.Size(question.Context), 120, 300);
        });
        Assert.All(questions.GroupBy(question => question.Context), passage =>
        {
            Assert.InRange(passage.Count(), 1, 4);
            Assert.Equal(passage.Count(), passage.DistinctBy(question => question.Answers[0].Text.ToUpperInvariant()).Count());
        });
        // Every kind is there, the ordinary words not for the most part.
        Assert.Equal(5, all.DistinctBy(question => question.Kind).Count());
        Assert.InRange(all.Count(question => question.Kind == AnswerKind.Phrase), all.Length / 10, all.Length / 2);
    }

    /// <summary>What is asked can be found: all words of a question but its own one are those of the sentence that has the answer.</summary>
    [Theory]
    [InlineData(WikiText2)]
    [InlineData(ChineseXquad)]
    public void Words_of_a_question_stand_in_the_sentence_of_its_answer(string asset)
    {
        using var folder = new TemporaryFolder();
        foreach (ReadingQuestion question in ClozeQuestions.Make([TextOf(asset, folder)], new() { Limit = 2000 }).Select(question => question.Question))
        {
            Range place = question.Answers[0].In(question.Context)!.Value;
            string sentence = Sentences.Of(question.Context).Single(span => span.Start <= place.Start.Value && place.End.Value <= span.End).In(question.Context);
            var left = Parts(sentence).CountBy(part => part).ToDictionary();
            int unknown = 0;
            foreach (string part in Parts(question.Question))
                if (left.TryGetValue(part, out int count) && count > 0)
                    left[part] = count - 1;
                else
                    unknown++;
            // "how many" and 什么 are two.
            Assert.True(unknown <= 2, $"{question.Question} / {sentence}");
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_questions_and_another_gives_others()
    {
        string file = TestAssets.Require(WikiText2);
        string[] Of(ClozeOptions options) => [.. ClozeQuestions.Make([file], options).Select(question => $"{question.Question.Id} {question.Question.Question}")];
        string[] all = Of(new());
        Assert.Equal(all, Of(new()));
        Assert.Equal(all[..123], Of(new() { Limit = 123 }));
        string[] others = Of(new() { Seed = 1 });
        Assert.InRange(all.Intersect(others).Count(), 0, all.Length / 20);
        // Of the same passages, and with one answer each the first of the four.
        Assert.Equal(all.Select(Passage).Distinct(), others.Select(Passage).Distinct());
        Assert.Equal(all.DistinctBy(Passage), Of(new() { PerPassage = 1 }));
        static string Passage(string question) => question[..16];
    }

    [Fact]
    public void Several_files_are_read_and_a_passage_that_occurs_again_is_passed_over()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.txt"), Small);
        File.WriteAllText(folder.File("b.txt"), $"{Small}\n\n{Small.Replace("1758", "1812", StringComparison.Ordinal)}");
        ClozeQuestion[] questions = [.. ClozeQuestions.Make([folder.File("a.txt"), folder.File("b.txt")], new() { PhraseShare = 0, PerPassage = 2 })];
        Assert.Equal(["a.txt, part 1", "a.txt, part 1", "b.txt, part 1", "b.txt, part 1"], questions.Select(question => question.Question.Article));
        Assert.Contains("1812", questions.Select(question => question.Question.Answers[0].Text));
    }

    [Theory]
    [InlineData("Too short a text.", "no passage of 60 to 150 words")]
    [InlineData("it was so and then it was not. ", "nothing in it looks like an answer")]
    public void A_text_without_questions_is_refused(string text, string expected)
    {
        string whole = text.EndsWith(' ') ? string.Concat(Enumerable.Repeat("So it was and then it was not. ", 12)) : text;
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Make(whole, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_options_are_refused_by_name()
    {
        foreach ((string name, ClozeOptions options) in new (string, ClozeOptions)[]
        {
            ("PerPassage", new() { PerPassage = 0 }),
            ("Limit", new() { Limit = 0 }),
            ("DropShare", new() { DropShare = 1 }),
            ("SwapShare", new() { SwapShare = -0.1 }),
            ("PhraseShare", new() { PhraseShare = double.NaN }),
        })
            Assert.Contains(name, Assert.Throws<ArgumentOutOfRangeException>(() => ClozeQuestions.Make(["none"], options)).Message, StringComparison.Ordinal);
    }

    private static ClozeQuestion[] Make(string text, ClozeOptions options)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text.txt"), text);
        return [.. ClozeQuestions.Make([folder.File("text.txt")], options)];
    }

    /// <summary>A file of plain text: the asset, or the texts that its questions are asked of.</summary>
    private static string TextOf(string asset, TemporaryFolder folder)
    {
        string path = TestAssets.Require(asset);
        if (!path.Contains(".json", StringComparison.Ordinal))
            return path;
        string file = folder.File("texts.txt");
        File.WriteAllText(file, string.Join("\n\n", SquadFiles.Read([path]).Select(question => question.Context).Distinct()));
        return file;
    }

    private static IEnumerable<string> Parts(string text) => Part().Matches(text.ToUpperInvariant()).Select(match => match.Value);

    [GeneratedRegex(@"[\u4E00-\u9FFF]|[\p{L}\p{N}-[\u4E00-\u9FFF]]+")]
    private static partial Regex Part();
}
