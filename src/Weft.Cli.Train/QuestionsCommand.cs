using System.CommandLine;
using System.Globalization;
using Weft.Data;

namespace Weft.Cli.Train;

/// <summary><c>weft data questions</c>: plain text to questions that a reader can learn from.</summary>
internal sealed class QuestionsCommand
{
    private static readonly ClozeOptions Defaults = new();

    private readonly Argument<string[]> _texts = new("TEXT")
    {
        Description = "Files, folders or globs of plain text, .gz too",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _out = new("--out") { Description = "File in the form of SQuAD to write; compressed where it ends in .gz", HelpName = "FILE", Required = true };
    private readonly Option<int> _perPassage = CommonOptions.WholeNumber("--per-passage", "Most questions of a passage", Defaults.PerPassage, minimum: 1);
    private readonly Option<double> _drop = new("--drop")
    {
        Description = "Share of a question's words that are left out",
        HelpName = "SHARE",
        DefaultValueFactory = _ => Defaults.DropShare,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and < 1)
                return share;
            result.AddError($"--drop is '{text}'; use a share from 0 to less than 1");
            return Defaults.DropShare;
        },
    };

    private readonly Option<int> _limit = CommonOptions.WholeNumber("--limit", "Most questions of all, those of the first passages; 0 makes all", 0, minimum: 0);
    private readonly Option<ulong> _seed = CommonOptions.Seed("Another seed asks for other parts of the same passages, in other words");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("questions", "Make questions of plain text, to pretrain a reader")
    {
        Arguments = { _texts },
        Options = { _out, _perPassage, _drop, _limit, _seed, _json },
        Notes =
        [
            "Text in English or Chinese is taken apart into passages of 60 to 150 words (120 to 300 characters of Chinese).",
            "Dates, numbers, names, what stands in quotation marks and some runs of ordinary words are taken out of their",
            "sentences, a question's word takes their place, some other words are left out, and in half of the questions",
            "what stands behind the answer comes first. WikiText's marks are undone, and its headings name the articles.",
            "task.kind spans of a recipe reads the file. --json prints",
            "  {\"out\": \"...\", \"questions\": N, \"passages\": N, \"articles\": N, \"kinds\": {\"date\": N, \"number\": N, \"name\": N,",
            "  \"quotation\": N, \"phrase\": N}}",
        ],
        Examples =
        [
            "weft data questions wiki.train.raw --out cloze.json.gz",
            "weft data questions notes \"books/**/*.txt.gz\" --out cloze.json --per-passage 2 --limit 100000 --seed 1",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = context.Get(_out);
        IReadOnlyList<string> files = TextFiles.Expand(context.Get(_texts));
        if (Directory.Exists(path))
            throw new UsageException($"--out is '{path}', which is a folder; give a file such as cloze.json.gz");
        if (files.Any(file => Path.GetFullPath(file) == Path.GetFullPath(path)))
            throw new UsageException($"--out is '{path}', which is one of the texts; give another file");
        int limit = context.Get(_limit);
        var options = new ClozeOptions { PerPassage = context.Get(_perPassage), DropShare = context.Get(_drop), Limit = limit == 0 ? null : limit, Seed = context.Get(_seed) };
        var counts = new Counts();
        SquadFiles.Write(path, ClozeQuestions.Make(files, options, context.Cancellation).Select(counts.Add));
        if (context.Get(_json))
            WriteJson(context.Output, path, counts);
        else
            context.Output.WriteLine(FormattableString.Invariant($"{path}: {counts.Questions:N0} questions on {counts.Passages:N0} passages of {counts.Articles:N0} articles; ")
                + string.Join(", ", counts.Kinds.Select(kind => FormattableString.Invariant($"{kind.Count:N0} {kind.Name}s"))));
        return 0;
    }

    private static void WriteJson(TextWriter output, string path, Counts counts)
    {
        using var json = new JsonOutput(output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("out", path);
        json.Writer.WriteNumber("questions", counts.Questions);
        json.Writer.WriteNumber("passages", counts.Passages);
        json.Writer.WriteNumber("articles", counts.Articles);
        json.Writer.WriteStartObject("kinds");
        foreach ((string name, int count) in counts.Kinds)
            json.Writer.WriteNumber(name, count);
        json.Writer.WriteEndObject();
        json.Writer.WriteEndObject();
        json.Complete();
    }

    /// <summary>Counts questions on their way into the file.</summary>
    private sealed class Counts
    {
        private static readonly AnswerKind[] Order = [AnswerKind.Date, AnswerKind.Number, AnswerKind.Name, AnswerKind.Quotation, AnswerKind.Phrase];

        private readonly Dictionary<AnswerKind, int> _kinds = [];
        private readonly HashSet<string> _articles = new(StringComparer.Ordinal);
        private string? _passage;

        public int Passages { get; private set; }

        public int Articles => _articles.Count;

        public int Questions => _kinds.Values.Sum();

        public IEnumerable<(string Name, int Count)> Kinds => Order.Select(kind => (Name(kind), _kinds.GetValueOrDefault(kind)));

        public ReadingQuestion Add(ClozeQuestion question)
        {
            _kinds[question.Kind] = _kinds.GetValueOrDefault(question.Kind) + 1;
            _articles.Add(question.Question.Article);
            // Those of a passage follow each other.
            Passages += question.Question.Context == _passage ? 0 : 1;
            _passage = question.Question.Context;
            return question.Question;
        }

        private static string Name(AnswerKind kind) => kind switch
        {
            AnswerKind.Date => "date",
            AnswerKind.Number => "number",
            AnswerKind.Name => "name",
            AnswerKind.Quotation => "quotation",
            _ => "phrase",
        };
    }
}
