using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Tasks;
using Weft.Text.Chat;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>
/// What each task asks, written out by hand from the definitions of lm-evaluation-harness (arc_easy.yaml, piqa.yaml, winogrande/default.yaml, hellaswag/utils.py,
/// super_glue/boolq/default.yaml, lambada_openai.yaml, gsm8k.yaml, mmlu/default, crows_pairs_english.yaml, wikitext.yaml).
/// </summary>
public sealed class TaskPromptTests
{
    [Theory]
    [InlineData("""{"question": "Why is the sky blue?", "choices": {"text": ["Air", "Sea"], "label": ["1", "2"]}, "answerKey": "2"}""")]
    [InlineData("""{"query": "Question: Why is the sky blue?", "choices": ["Air", "Sea"], "gold": 1}""")]
    public void Arc(string line) => Check("arc_challenge", line, 1, ("Question: Why is the sky blue?\nAnswer:", " Air"), ("Question: Why is the sky blue?\nAnswer:", " Sea"));

    [Theory]
    [InlineData("""{"goal": "open a jar", "sol1": "twist the lid", "sol2": "sing to it", "label": 0}""")]
    [InlineData("""{"query": "Question: open a jar\n", "choices": ["twist the lid", "sing to it"], "gold": 0}""")]
    public void Piqa(string line) => Check("piqa", line, 0, ("Question: open a jar\nAnswer:", " twist the lid"), ("Question: open a jar\nAnswer:", " sing to it"));

    [Theory]
    [InlineData("""{"sentence": "Ann met Eve because _ was in town.", "option1": "Ann", "option2": "Eve", "answer": "2"}""")]
    [InlineData("""{"context_options": ["Ann met Eve because Ann", "Ann met Eve because Eve"], "continuation": "was in town.", "gold": 1}""")]
    public void Winogrande_scores_what_follows_both_options(string line) =>
        Check("winogrande", line, 1, ("Ann met Eve because Ann", " was in town."), ("Ann met Eve because Eve", " was in town."));

    [Fact]
    public void HellaSwag_loses_its_brackets() => Check("hellaswag",
        """{"activity_label": "Baking", "ctx_a": "[header] How to bake [title] Mix it.", "ctx_b": "then THE cook", "endings": ["stirs [step] well.", " waits  long"], "label": "0"}""", 0,
        ("Baking: How to bake. Mix it. Then the cook", " stirs well."), ("Baking: How to bake. Mix it. Then the cook", " waits long"));

    [Theory]
    [InlineData("""{"question": "is it warm", "title": "Sun", "passage": "The sun is hot.", "answer": true}""")]
    [InlineData("""{"question": "is it warm", "passage": "The sun is hot.", "idx": 3, "label": 1}""")]
    public void BoolQ(string line) =>
        Check("boolq", line, 1, ("The sun is hot.\nQuestion: is it warm?\nAnswer:", " no"), ("The sun is hot.\nQuestion: is it warm?\nAnswer:", " yes"));

    [Theory]
    [InlineData("""{"text": "He looked for his old hat"}""")]
    [InlineData("""{"context": "He looked for his old", "continuation": "hat"}""")]
    public void Lambada(string line) => Check("lambada_openai", line, null, ("He looked for his old", " hat"));

    [Fact]
    public void Gsm8k_stops_at_the_next_question()
    {
        var question = (Question.Generation)Ask("gsm8k", """{"question": "What is 2+2?", "answer": "2+2=<<2+2=4>>4\n#### 4"}""");
        Assert.Equal("Question: What is 2+2?\nAnswer:", question.Prompt);
        Assert.Equal(["Question:", "</s>", "<|im_end|>"], question.Stops);
        Assert.Equal(256, question.MaximumTokens);
        Assert.Equal((question.Prompt, "2+2=<<2+2=4>>4\n#### 4"), question.Shot);
    }

    [Fact]
    public void Mmlu_names_its_subject_and_letters()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("val"));
        Directory.CreateDirectory(folder.File("dev"));
        File.WriteAllText(folder.File("val/us_foreign_policy_val.csv"), "\" Who, if anyone? \",Ann,Bob,\"C, D\",None,C\n");
        File.WriteAllText(folder.File("dev/us_foreign_policy_dev.csv"), "First?,a,b,c,d,B\nSecond?,e,f,g,h,A\nThird?,i,j,k,l,D\n");
        EvaluationTask task = TaskCatalog.FindTask("mmlu_us_foreign_policy")!;
        var question = (Question.Alternatives)task.Ask(Assert.Single(task.Read(folder.File("val/us_foreign_policy_val.csv"))));
        Question[] pool = [.. task.Read(folder.File("dev/us_foreign_policy_dev.csv")).Select(task.Ask)];
        IReadOnlyList<Question> shots = new ShotSampler(task, pool, 2, fromRows: false, seed: 99).Draw(0);
        Assert.Equal("""
            The following are multiple choice questions (with answers) about us foreign policy.

            First?
            A. a
            B. b
            C. c
            D. d
            Answer: B

            Second?
            A. e
            B. f
            C. g
            D. h
            Answer: A

            Who, if anyone?
            A. Ann
            B. Bob
            C. C, D
            D. None
            Answer:
            """.ReplaceLineEndings("\n"), new PromptBuilder(task, null).Build(shots, question.Items[0].Prompt));
        Assert.Equal(["A", "B", "C", "D"], question.Items.Select(item => item.Answer));
        Assert.Equal(2, question.Gold);
        Assert.Equal(57, TaskCatalog.TasksOf(TaskCatalog.FindGroup("mmlu")!).Count());
    }

    [Fact]
    public void CrowS_Pairs_scores_two_sentences_that_nothing_precedes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("c.csv"), ",sent_more,sent_less,stereo_antistereo,bias_type\n0,\"Old, slow men.\",Young men.,stereo,age\n1,x,y,antistereo,race-color\n");
        EvaluationTask task = TaskCatalog.FindTask("crows_pairs_english_race_color")!, all = TaskCatalog.FindTask("crows_pairs_english")!;
        Row[] rows = [.. task.Read(folder.File("c.csv"))];
        Assert.Equal([false, true], rows.Select(row => task.Where!(row)));
        var question = (Question.Alternatives)all.Ask(rows[0]);
        Assert.Equal([new Alternative("", "Old, slow men."), new Alternative("", "Young men.")], question.Items);
        Assert.Equal("", new PromptBuilder(all, null).Build([], "") + all.Delimiter);
    }

    [Fact]
    public void WinoBias_asks_both_sentences_of_a_pair()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("pro_stereotyped_type1.txt.dev"), "1 [The developer] argued with the designer because [he] did not like the design.\n");
        File.WriteAllText(folder.File("anti_stereotyped_type1.txt.dev"), "1 [The developer] argued with the designer because [she] did not like the design.\n");
        EvaluationTask task = TaskCatalog.FindTask("winobias_type1")!;
        var question = (Question.Alternatives)task.Ask(Assert.Single(task.Read(folder.File("pro_stereotyped_type1.txt.dev"))));
        const string pro = "The developer argued with the designer because he did not like the design. ‘He’ refers to the";
        const string anti = "The developer argued with the designer because she did not like the design. ‘She’ refers to the";
        Assert.Equal([new Alternative(pro, "designer"), new(pro, "developer"), new(anti, "designer"), new(anti, "developer")], question.Items);
        Assert.Equal(1, question.Gold);
    }

    [Fact]
    public void WikiText_is_put_together_again_article_by_article()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("wiki.valid.raw"), " \n = Cats = \n \n Cats ' tails ( long ) are 2 @.@ 5 cm , or so . \n = = Food = = \n Fish \n = Dogs = \n bark \n");
        EvaluationTask task = TaskCatalog.FindTask("wikitext")!;
        Row[] rows = [.. task.Read(folder.File("wiki.valid.raw"))];
        var first = (Question.WholeText)task.Ask(rows[0]);
        Assert.Equal(2, rows.Length);
        Assert.Equal(" \n = Cats = \n \n Cats ' tails ( long ) are 2 @.@ 5 cm , or so . \n = = Food = = \n Fish \n", first.Original);
        Assert.Equal("\n= Cats =\n\nCats' tails (long) are 2.5 cm, or so.\n== Food ==\nFish\n", first.Scored);
    }

    [Fact]
    public void A_chat_template_gets_description_shots_and_question_as_turns()
    {
        ChatTemplate template = ChatTemplate.Parse("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}", "test");
        EvaluationTask task = TaskCatalog.FindTask("arc_easy")! with { Description = "Be brief." };
        var builder = new PromptBuilder(task, template);
        Assert.Equal("<system>Be brief.<user>Q1<assistant>A1<user>Q2<assistant>", builder.Build([new Question.Continuation("Q1", "A1")], "Q2"));
        // The template's own end of a prompt stands before the answer.
        Assert.Equal("", builder.Delimiter);
        var failing = new PromptBuilder(task, ChatTemplate.Parse("{{ raise_exception('no system') }}", "test"));
        Assert.Contains("does not render the prompts of task arc_easy", Assert.Throws<InvalidDataException>(() => failing.Build([], "Q")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arc_easy", "eval/arc_easy.first_half.jsonl.gz", 1188)]
    [InlineData("arc_challenge", "eval/arc_challenge.first_half.jsonl.gz", 586)]
    [InlineData("piqa", "eval/piqa.first_half.jsonl.gz", 919)]
    [InlineData("winogrande", "eval/winogrande.first_half.jsonl.gz", 633)]
    [InlineData("lambada_openai", "eval/lambada_openai.first_half.jsonl.gz", 2576)]
    [InlineData("crows_pairs_english", "bias/crows_pairs_anonymized.csv", 1508)]
    [InlineData("winobias_type1", "bias/winobias/pro_stereotyped_type1.txt.test", 396)]
    [InlineData("winobias_type1", "bias/winobias/pro_stereotyped_type1.txt.dev", 396)]
    [InlineData("winobias_type2", "bias/winobias/pro_stereotyped_type2.txt.test", 396)]
    [InlineData("winobias_type2", "bias/winobias/pro_stereotyped_type2.txt.dev", 396)]
    [InlineData("wikitext", "wikitext2/wiki.valid.raw.gz", 60)]
    [InlineData("mmlu_professional_law", "mmlu/val/professional_law_val.csv", 170)]
    public void All_rows_of_published_files_are_read(string name, string file, int rows)
    {
        EvaluationTask task = TaskCatalog.FindTask(name)!;
        Assert.Equal(rows, task.Read(TestAssets.Require($"datasets/{file}")).Select(task.Ask).Count());
    }

    [Fact]
    public void All_subjects_of_mmlu_have_their_file()
    {
        string folder = TestAssets.Require("datasets");
        foreach (EvaluationTask task in TaskCatalog.TasksOf(TaskCatalog.FindGroup("mmlu")!))
        {
            Assert.NotEmpty(task.Read(DataFiles.Find(folder, task.Files, task.Name, [])).Select(task.Ask));
            Assert.Equal(5, task.Read(DataFiles.Find(folder, task.ShotFiles, task.Name, [])).Select(task.Ask).Count());
        }
    }

    private static void Check(string name, string line, int? gold, params (string Prompt, string Text)[] expected)
    {
        EvaluationTask task = TaskCatalog.FindTask(name)!;
        Question question = Ask(name, line);
        IEnumerable<(string, string)> asked = question is Question.Continuation continuation
            ? [(continuation.Prompt, task.Delimiter + continuation.Target)]
            : ((Question.Alternatives)question).Items.Select(item => (item.Prompt, task.Delimiter + item.Answer));
        Assert.Equal(expected, asked);
        Assert.Equal(gold, (question as Question.Alternatives)?.Gold);
    }

    private static Question Ask(string name, string line)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("rows.jsonl"), line + "\n");
        return TaskCatalog.FindTask(name)!.Ask(Assert.Single(RowFile.JsonLines(folder.File("rows.jsonl"))));
    }
}
