using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Weft.Evaluation.Harness.Code;
using Weft.Evaluation.Harness.Contamination;
using Weft.Evaluation.Harness.Requests;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Harness;

/// <summary>One task with its rows: asks them and measures the answers.</summary>
internal sealed class TaskRun
{
    /// <summary>Hexadecimal digits of a prompt hash.</summary>
    private const int HashDigits = 16;

    private readonly EvaluationOptions _options;
    private readonly string _file;
    private readonly int _shots;
    private readonly IReadOnlyList<(Row Row, Question Question, IReadOnlyList<Question> Shots)> _rows;
    private readonly PromptBuilder _prompts;
    private AnsweredQuestion?[] _answers = [];

    private TaskRun(EvaluationTask task, EvaluationOptions options, string file, int shots, IReadOnlyList<(Row, Question, IReadOnlyList<Question>)> rows)
    {
        (Task, _options, _file, _shots, _rows) = (task, options, file, shots, rows);
        _prompts = new(task, options.ChatTemplate);
    }

    /// <summary>What is asked.</summary>
    public EvaluationTask Task { get; }

    /// <summary>Answers are programs.</summary>
    public bool RunsCode => ProgramOf(_rows[0].Question) is not null;

    /// <summary>Of each row what it asks and its right answer, without examples.</summary>
    public IEnumerable<string> RowTexts => _rows.Select(row => row.Question switch
    {
        Question.WholeText text => text.Original,
        var other => $"{other.Shot.Prompt} {other.Shot.Answer}",
    });

    /// <summary>Which rows the model was trained on; null where nobody looked.</summary>
    public ContaminationSearch? Search { get; set; }

    /// <summary>Rows that were answered.</summary>
    public int Answered => _answers.Count(answer => answer is not null);

    /// <summary>Reads rows and draws examples.</summary>
    public static TaskRun Prepare(EvaluationTask task, EvaluationOptions options)
    {
        string file = DataFiles.Find(options.DataFolder, task.Files, $"task {task.Name}", task.ShotFiles);
        (Row Row, Question Question)[] all = [.. Read(task, file)];
        if (all.Length == 0)
            throw new InvalidDataException($"file '{file}' has no row of task {task.Name}; give a file with some");
        if (ProgramOf(all[0].Question) is not null && !options.AllowCode)
            throw new ArgumentException($"task {task.Name} runs the programs that the model writes, shut in, but with no one having read them; allow it with AllowCode (--allow-code), or ask other tasks", nameof(options));
        int count = Math.Min(options.Limit ?? all.Length, all.Length);
        int shots = options.Shots ?? task.Shots;
        if (shots > 0 && all[0].Question is Question.WholeText)
            throw new ArgumentException($"task {task.Name} scores whole texts, which no examples can stand before; ask it without shots", nameof(options));
        if (shots > 0 && task.ShotFiles.Count == 0 && !options.ShotsFromRows)
            throw new ArgumentException($"task {task.Name} names no file of examples, but {shots} shots are asked for; ask for none, or draw them from the rows themselves", nameof(options));
        IReadOnlyList<Question> pool = shots == 0 ? []
            : options.ShotsFromRows ? [.. all.Select(row => row.Question)]
            : [.. Read(task, FindShots(task, options, shots)).Select(row => row.Question)];
        var sampler = new ShotSampler(task, pool, shots, options.ShotsFromRows, options.Seed);
        return new(task, options, file, shots, [.. all.Take(count).Select((row, i) => (row.Row, row.Question, sampler.Draw(i)))]);
    }

    /// <summary>Asks all rows.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="sandbox">Where programs run; null where the task needs none.</param>
    /// <param name="progress">Told how many requests are answered, and of how many; 0 where that is not known.</param>
    /// <param name="ct">Ends it.</param>
    public TaskResult Ask(EvaluatedModel model, PythonSandbox? sandbox, Action<int, int> progress, CancellationToken ct)
    {
        long began = Stopwatch.GetTimestamp();
        int truncated = model.Truncated;
        (string Prompt, string Text)[][] asked = [.. _rows.Select(row => Texts(row.Question, row.Shots))];
        _answers = _rows[0].Question switch
        {
            Question.WholeText => AskWhole(model, asked, progress, ct),
            Question.Generation => AskGenerations(model, asked, progress, ct),
            _ => AskContinuations(model, asked, progress, ct),
        };
        if (sandbox is not null && RunsCode)
            RunPrograms(sandbox, ct);
        int[] answered = [.. Enumerable.Range(0, _answers.Length).Where(i => _answers[i] is not null)];
        return new(Task.Name, Task.Version, Scores(answered))
        {
            File = _file,
            Rows = answered.Length,
            Shots = _shots,
            PromptHash = Hash(asked),
            Skipped = [.. Enumerable.Range(0, _answers.Length).Where(i => _answers[i] is null).Select(i => _rows[i].Row.Source)],
            Truncated = model.Truncated - truncated,
            Seen = Search is null ? null : SeenAmong(answered, Search),
            Examples = [.. answered.Take(_options.Examples).Select(i => ExampleOf(_rows[i].Row, asked[i], _answers[i]!))],
            Duration = Stopwatch.GetElapsedTime(began),
        };
    }

    /// <summary>What a metric finds at each answered row.</summary>
    public IEnumerable<Measure> MeasuresOf(Metric metric) => _answers.OfType<AnsweredQuestion>().Select(metric.Measure);

    private MetricScore[] Scores(int[] rows) => rows.Length == 0 ? [] : [.. Task.Metrics.Select(metric =>
        new MetricScore(metric.Name, Estimate.Of([.. rows.Select(i => metric.Measure(_answers[i]!))], metric.Aggregation, _options.Seed), metric.Aggregation.HigherIsBetter))];

    private SeenRows SeenAmong(int[] answered, ContaminationSearch search) =>
        new([.. answered.Where(i => search.Seen[i]).Select(i => _rows[i].Row.Source)], search.TooShort, Scores([.. answered.Where(i => !search.Seen[i])]));

    private static IEnumerable<(Row Row, Question Question)> Read(EvaluationTask task, string file) =>
        task.Read(file).Where(row => task.Where?.Invoke(row) ?? true).Select(row => (row, task.Ask(row)));

    private static string FindShots(EvaluationTask task, EvaluationOptions options, int shots)
    {
        try
        {
            return DataFiles.Find(options.DataFolder, task.ShotFiles, $"the {shots} shots of task {task.Name}", []);
        }
        catch (FileNotFoundException e)
        {
            throw new FileNotFoundException($"{e.Message}; or ask for no shots, or draw them from the rows themselves", e);
        }
    }

    /// <summary>The prompts of a question, and what is scored behind each; nothing where the model writes.</summary>
    private (string Prompt, string Text)[] Texts(Question question, IReadOnlyList<Question> shots) => question switch
    {
        Question.Alternatives alternatives => [.. alternatives.Items.Select(item => (_prompts.Build(shots, item.Prompt), _prompts.Delimiter + item.Answer))],
        Question.Continuation continuation => [(_prompts.Build(shots, continuation.Prompt), _prompts.Delimiter + continuation.Target)],
        Question.WholeText text => [("", text.Scored)],
        Question.Generation generation => [(_prompts.Build(shots, generation.Prompt), "")],
        _ => throw new NotSupportedException($"questions of kind {question.GetType().Name} are not asked"),
    };

    private AnsweredQuestion?[] AskContinuations(EvaluatedModel model, (string Prompt, string Text)[][] asked, Action<int, int> progress, CancellationToken ct)
    {
        ContinuationRequest[] requests = [.. asked.SelectMany((texts, i) => texts.Select(text => new ContinuationRequest(text.Prompt, text.Text, _rows[i].Row.Source) { IsRendered = _prompts.IsRendered }))];
        IReadOnlyList<ScoredText?> scores = model.LogLikelihoods(requests, done => progress(done, requests.Length), ct);
        var answers = new AnsweredQuestion?[asked.Length];
        for (int i = 0, at = 0; i < answers.Length; at += asked[i++].Length)
        {
            ScoredText?[] own = [.. scores.Skip(at).Take(asked[i].Length)];
            // A row counts with all of its choices or not at all.
            if (own.All(score => score is not null))
                answers[i] = new(_rows[i].Question, [.. own.Select(score => score!.Value)]);
        }
        return answers;
    }

    private AnsweredQuestion[] AskWhole(EvaluatedModel model, (string Prompt, string Text)[][] asked, Action<int, int> progress, CancellationToken ct)
    {
        IReadOnlyList<double> scores = model.RollingLogLikelihoods([.. asked.Select((texts, i) => new RollingRequest(texts[0].Text, _rows[i].Row.Source))], done => progress(done, 0), ct);
        return [.. scores.Select((score, i) => new AnsweredQuestion(_rows[i].Question, [new(score, false)]))];
    }

    private AnsweredQuestion?[] AskGenerations(EvaluatedModel model, (string Prompt, string Text)[][] asked, Action<int, int> progress, CancellationToken ct)
    {
        GenerationRequest[] requests = [.. asked.Select((texts, i) =>
        {
            var question = (Question.Generation)_rows[i].Question;
            return new GenerationRequest(texts[0].Prompt, question.Stops, question.MaximumTokens, _rows[i].Row.Source) { IsRendered = _prompts.IsRendered };
        })];
        IReadOnlyList<string?> texts = model.GenerateUntil(requests, done => progress(done, requests.Length), ct);
        return [.. texts.Select((text, i) => text is null ? null : new AnsweredQuestion(_rows[i].Question, [], text))];
    }

    /// <summary>As many at once as there are cores, since they compute alone.</summary>
    private void RunPrograms(PythonSandbox sandbox, CancellationToken ct) =>
        Parallel.For(0, _answers.Length, new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, i =>
        {
            if (_answers[i] is { } answer && ProgramOf(answer.Question) is { } program)
                _answers[i] = answer with { Outcome = sandbox.Run(program(answer.Text), ct) };
        });

    private static Func<string, string>? ProgramOf(Question question) => (question as Question.Generation)?.Program;

    private static EvaluatedExample ExampleOf(Row row, (string Prompt, string Text)[] asked, AnsweredQuestion answer)
    {
        if (answer.Question is Question.Generation generation)
            return new(row.Source, [new(asked[0].Prompt, answer.Text, null, false)], generation.Answer) { Outcome = answer.Outcome };
        int gold = answer.Question is Question.Alternatives alternatives ? alternatives.Gold : 0;
        return new(row.Source, [.. asked.Select((text, i) => new ExampleText(text.Prompt, text.Text, answer.Scores[i].LogLikelihood, i == gold))], null);
    }

    private static string Hash((string Prompt, string Text)[][] asked)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string prompt, string text) in asked.SelectMany(texts => texts))
            foreach (string part in new[] { prompt, text })
                hash.AppendData(Encoding.UTF8.GetBytes(part + '\0'));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..HashDigits];
    }
}
