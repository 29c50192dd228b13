using Weft.Data;
using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>
/// Rows of tables, each a text and what is to be said of it, or conversations. A column is a name of the first line, or a number from 1 where that is no line of names; of
/// JSON lines it is a key. Of spans the files may also be those of SQuAD, of tokens they may have the columns of CoNLL.
/// </summary>
public sealed partial record TaskRecipe
{
    /// <summary>What is said of a text.</summary>
    public TaskKind Kind { get; init; }

    /// <summary>The column of prompts, of preferences also lists of messages; prompt where left out (conversation in columns, preference).</summary>
    public string? Prompt { get; init; }

    /// <summary>Files, folders and globs of the rows to learn from.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Files and globs that steer training; where there are none, some rows of <see cref="Files"/> are held out.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Files and globs that are looked at once, at the end; where validation files are given and these are not, the validation files.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>Share of the rows that is held out for validation, by a hash of the text.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Share of the rows that is held out for the test, by a hash of the text.</summary>
    public double TestShare { get; init; } = 0.1;

    /// <summary>How the files are written; where left out, their names say it (.tsv, .tab, .csv, .jsonl, .ndjson, also with .gz), or their first bytes that they are Parquet.</summary>
    public TableFormat? Format { get; init; }

    /// <summary>The column of texts; of tokens that of their words, where left out the first one or the key tokens.</summary>
    public string Text { get; init; } = "";

    /// <summary>The column of second texts, such as a hypothesis after a premise.</summary>
    public string? Pair { get; init; }

    /// <summary>The column of labels, or of numbers; of tokens, where left out, the last one or the key tags.</summary>
    public string Label { get; init; } = "";

    /// <summary>What stands between the labels of a row that may have any number of them; where left out, a row has one.</summary>
    public string? Separator { get; init; }

    /// <summary>All labels, in the order of the model's outputs; where left out, those of the training rows in their own order.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>How much a row counts in training, by the label's place in <see cref="Labels"/>; where left out, all the same.</summary>
    public IReadOnlyList<double> ClassWeights { get; init; } = [];

    /// <summary>Labels count alike in training, however rare they are: fills in <see cref="ClassWeights"/>.</summary>
    public bool Balance { get; init; }

    /// <summary>The column of questions (spans); "question" where left out.</summary>
    public string? Question { get; init; }

    /// <summary>The column of the texts that answer them (spans); "context" where left out.</summary>
    public string? Context { get; init; }

    /// <summary>The column of answers, empty where the text has none (spans); "answer" where left out.</summary>
    public string? Answer { get; init; }

    /// <summary>The column that says where an answer begins in its text, in characters from 0 (spans); "answer_start" where left out.</summary>
    public string? AnswerStart { get; init; }

    /// <summary>Tokens that a window of a long text repeats from the one before it (spans); where left out, a third of model.context.</summary>
    public int? Stride { get; init; }

    /// <summary>What is cut out of texts that are longer than model.context; where left out, such rows are bad.</summary>
    public CutPart? Truncate { get; init; }

    /// <summary>What is done with rows that cannot be used.</summary>
    public BadRows BadRows { get; init; }

    /// <summary>What a model's head says.</summary>
    internal LabelKind Says => Kind switch
    {
        TaskKind.Regression => LabelKind.Number,
        TaskKind.Spans => LabelKind.Span,
        TaskKind.Tokens => LabelKind.EachWord,
        _ => Separator is null ? LabelKind.One : LabelKind.Several,
    };

    /// <summary>Outputs of the model's head; labels that nobody has counted yet are two, and so are the ends of an answer.</summary>
    internal int Outputs => Kind == TaskKind.Regression ? 1 : Labels.Count == 0 ? 2 : Labels.Count;

    /// <summary>What the model learns from such rows.</summary>
    internal ObjectiveKind Objective => Kind switch
    {
        TaskKind.Conversation => ObjectiveKind.Conversation,
        TaskKind.Preference => ObjectiveKind.Preference,
        _ => ObjectiveKind.Classification,
    };

    /// <summary>The model's head says something of a text or of its words.</summary>
    internal bool LabelsTexts => Objective == ObjectiveKind.Classification;

    /// <summary>The head that says it, as a family has it; null where it has none.</summary>
    internal HeadSpec? HeadOf(Architecture architecture, ModelSpec spec) => Kind switch
    {
        TaskKind.Spans => architecture.SpanHead(spec),
        TaskKind.Tokens => architecture.TokenHead(spec, Outputs),
        _ => architecture.ClassifierHead(spec, Outputs),
    };

    /// <summary>What a family without such a head lacks.</summary>
    internal string HeadName => Kind switch
    {
        TaskKind.Spans => "points at no answers",
        TaskKind.Tokens => "labels no words",
        _ => "labels no sequences",
    };

    /// <summary>As Transformers calls it.</summary>
    internal string? ProblemType => Says switch
    {
        LabelKind.Number => "regression",
        LabelKind.Several => "multi_label_classification",
        LabelKind.Span or LabelKind.EachWord => null,
        _ => "single_label_classification",
    };

    /// <summary>The columns that are read, in this order.</summary>
    internal IReadOnlyList<string> Columns => Pair is null ? [Text, Label] : [Text, Label, Pair];

    /// <exception cref="InvalidDataException">The keys contradict each other; the message names key, value and remedy.</exception>
    internal void Check()
    {
        Require(Files.Count > 0, "files", null, Kind == TaskKind.Conversation ? "give the conversations to learn from" : "give the tables to learn from");
        Require(ValidationShare + TestShare < 1, "validation-share", ValidationShare, FormattableString.Invariant($"together with task.test-share {TestShare} it leaves nothing to learn from"));
        TaskKeys.Check(this);
        if (Kind == TaskKind.Conversation)
            CheckConversations();
        else if (Kind == TaskKind.Preference)
            CheckPreference();
        else
            CheckLabels();
    }

    private void CheckLabels()
    {
        Require(Labels.Distinct(StringComparer.Ordinal).Count() == Labels.Count, "labels", string.Join(", ", Labels), "one stands there twice; give each once");
        if (Kind is TaskKind.Spans or TaskKind.Tokens)
            return;
        Require(Text.Length > 0, "text", null, "give the column of the texts");
        Require(Label.Length > 0, "label", null, "give the column of the labels");
        bool numbered = Columns.All(TableFiles.IsNumber);
        Require(numbered || !Columns.Any(TableFiles.IsNumber), "text", string.Join(" and ", Columns), "give names of the first line, or numbers where it is no line of names");
        Require(!numbered || !TableFiles.HasKeys(Format), "format", Format == TableFormat.Parquet ? "parquet" : "json-lines", "keys of JSON have names, and so have columns of Parquet, but here columns are numbers; give names");
        Require(Separator is not "", "separator", "empty", "give what stands between two labels, such as a comma");
        Require(Kind == TaskKind.Classification || (Separator is null && Labels.Count == 0), Separator is null ? "labels" : "separator", "given", "a regression has numbers, not labels; leave it out");
        Require(Says == LabelKind.One || (ClassWeights.Count == 0 && !Balance), Balance ? "balance" : "class-weights", "given", "only rows of one label each have such weights; leave it out");
        Require(!Balance || ClassWeights.Count is 0 || Labels.Count > 0, "balance", true, "task.class-weights are given too; choose one of them");
        Require(ClassWeights.Count == 0 || ClassWeights.Count == Labels.Count, "class-weights", FormattableString.Invariant($"a list of {ClassWeights.Count}"),
            Labels.Count == 0 ? "give task.labels too, in the same order" : FormattableString.Invariant($"give one for each of the {Labels.Count} task.labels"));
        Require(ClassWeights.All(weight => weight > 0 && double.IsFinite(weight)), "class-weights", string.Join(", ", ClassWeights), "give positive numbers");
    }

    private static void Require(bool valid, string key, object? value, string remedy) => RecipeCheck.Require(valid, $"task.{key}", value, remedy);
}

/// <summary>What is learnt from rows.</summary>
public enum TaskKind
{
    /// <summary>Labels: one, or any number of them.</summary>
    Classification,

    /// <summary>A number.</summary>
    Regression,

    /// <summary>Which part of it answers a question.</summary>
    Spans,

    /// <summary>A label for each word, such as the kind of name that it belongs to.</summary>
    Tokens,

    /// <summary>What the assistant of a conversation answers.</summary>
    Conversation,

    /// <summary>Which of two answers to a prompt is preferred.</summary>
    Preference,
}

/// <summary>What is done with rows that cannot be used: empty texts, labels that are none, texts that are too long.</summary>
public enum BadRows
{
    /// <summary>The run does not start; the message lists them.</summary>
    Refuse,

    /// <summary>They are left out, counted, and listed in the run's folder.</summary>
    Skip,
}
