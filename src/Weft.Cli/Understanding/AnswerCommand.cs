using System.CommandLine;
using System.Globalization;
using Weft.Data;
using Weft.Tasks;

namespace Weft.Cli.Understanding;

/// <summary><c>weft answer</c>: which part of a text answers a question, or which parts answer those of a file.</summary>
internal sealed class AnswerCommand
{
    private static readonly QuestionAnsweringOptions Defaults = new();

    private readonly ModelChoice _model = new();
    private readonly Argument<string?> _question = new("QUESTION") { Description = "The question", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string?> _squad = new("--squad")
    {
        Description = "File of questions and texts in the form of SQuAD, plain or .gz, in place of QUESTION and CONTEXT",
        HelpName = "FILE",
    };

    private readonly TaskText _context;

    private readonly Option<int> _best = CommonOptions.WholeNumber("--best", "Answers to print", 1, minimum: 1);

    private readonly Option<int> _tokens = CommonOptions.WholeNumber("--max-answer-tokens", "Most tokens of an answer", Defaults.MaximumAnswerTokens, minimum: 1);

    private readonly Option<int> _overlap = CommonOptions.WholeNumber("--overlap",
        "With --long stride: tokens that a window repeats from the one before", Defaults.Overlap, minimum: 0);

    private readonly Option<bool> _none = CommonOptions.Flag("--allow-no-answer", "The context may hold no answer, as in SQuAD 2");

    private readonly Option<float> _threshold = CommonOptions.Number("--no-answer-threshold",
        "With --allow-no-answer: by how much no answer has to score above the best one", (float)Defaults.NoAnswerThreshold, _ => true, "use a number such as 0");

    private readonly Option<string> _long = TaskText.LongOption(LongInput.Stride, LongInput.Truncate);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <param name="openInput">Opens standard input.</param>
    public AnswerCommand(Func<Stream> openInput) => _context = new(openInput, "CONTEXT", "Text that holds the answer");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("answer", "Answer a question by a part of a text")
        {
            Arguments = { _question },
            Options = { _squad, _best, _tokens, _none, _threshold, _long, _overlap, _json },
            Notes =
            [
                "Takes a model with a head of spans, such as one fine-tuned on SQuAD. Prints the answer, or with --best a",
                "line for each: probability, where it stands in the context (UTF-16 units), and its text. Where there",
                "is none, nothing is printed. --json prints",
                "  {\"answer\": \"...\", \"start\": N, \"end\": N, \"no_answer\": {\"score\": X, \"probability\": X},",
                "   \"answers\": [{\"answer\": \"...\", \"start\": N, \"end\": N, \"score\": X, \"probability\": X}, ...]}",
                "with null for answer, start and end where there is none; a score is the sum of two logits.",
                "--squad answers all questions of a file and prints one object, {\"id of a question\": \"answer\", ...}, empty",
                "where there is none, which 'weft metric squad --predictions' scores.",
            ],
            Examples =
            [
                "weft answer models/squad \"Who wrote it?\" \"The novel was written by Leo Tolstoy.\"",
                "weft answer models/squad \"Who wrote it?\" --file article.txt --long stride --best 3",
                "weft answer models/squad --squad dev.json --long stride > predictions.json",
            ],
        };
        _context.AddTo(command);
        _model.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        LongInput policy = TaskText.PolicyOf(context.Get(_long));
        TaskText.CheckOverlap(context, _overlap, policy);
        if (context.IsGiven(_threshold) && !context.Get(_none))
            throw new UsageException($"{_threshold.Name} needs {_none.Name}: without it there is always an answer; give both or neither");
        string? file = context.Get(_squad), question = context.Get(_question);
        if ((file is null) == (question is null))
            throw new UsageException($"give either {_question.Name} or {_squad.Name}");
        if (file is not null && (_context.IsGiven(context) || context.IsGiven(_best)))
            throw new UsageException($"{_squad.Name} has the texts, and one answer is printed for each question; leave out CONTEXT, --file and {_best.Name}");
        string text = file is null ? _context.ReadLines(context) : "";
        using LanguageModel model = _model.Open(context);
        int best = context.Get(_best);
        var answerer = new QuestionAnswerer(model, Defaults with
        {
            Long = policy,
            Overlap = context.Get(_overlap),
            MaximumAnswerTokens = context.Get(_tokens),
            Candidates = Math.Max(best, Defaults.Candidates),
            AllowNoAnswer = context.Get(_none),
            NoAnswerThreshold = context.Get(_threshold),
        });
        if (file is not null)
            return AnswerAll(context, answerer, file);
        AnswerSearch found = answerer.Answer(question!, text, context.Cancellation);
        if (context.Get(_json))
            WriteJson(context, found, best);
        else if (best == 1 && found.Best is { } answer)
            context.Output.WriteLine(Failure.OneLine(answer.Text));
        else if (found.Best is not null)
            foreach (Answer one in found.Candidates.Take(best))
                context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Probability,8:P2}  {one.Start,5}..{one.End,-5}  {Failure.OneLine(one.Text)}"));
        return 0;
    }

    private static int AnswerAll(CommandContext context, QuestionAnswerer answerer, string file)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        foreach (ReadingQuestion question in SquadFiles.Read(TextFiles.Expand([file]), context.Cancellation))
        {
            try
            {
                json.Writer.WriteString(question.Id, answerer.Answer(question.Question.Trim(), question.Context, context.Cancellation).Best?.Text ?? "");
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"{question.Source}: {e.Message}", e);
            }
        }
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }

    private static void WriteJson(CommandContext context, AnswerSearch found, int best)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("answer", found.Best?.Text);
        WriteNumber("start", found.Best?.Start);
        WriteNumber("end", found.Best?.End);
        if (found.NoAnswerScore is { } score)
        {
            json.Writer.WriteStartObject("no_answer");
            json.Writer.WriteNumber("score", score);
            json.Writer.WriteNumber("probability", found.NoAnswerProbability!.Value);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteStartArray("answers");
        foreach (Answer answer in found.Candidates.Take(best))
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteString("answer", answer.Text);
            json.Writer.WriteNumber("start", answer.Start);
            json.Writer.WriteNumber("end", answer.End);
            json.Writer.WriteNumber("score", answer.Score);
            json.Writer.WriteNumber("probability", answer.Probability);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();

        void WriteNumber(string name, int? number)
        {
            if (number is { } value)
                json.Writer.WriteNumber(name, value);
            else
                json.Writer.WriteNull(name);
        }
    }
}
