using System.CommandLine;
using System.Globalization;
using Weft.Model.Spec;
using Weft.Tasks;
using Weft.Text;

namespace Weft.Cli.Understanding;

/// <summary><c>weft classify</c>: which label a model gives a text, or the parts of a text.</summary>
internal sealed class ClassifyCommand
{
    private static readonly TextClassificationOptions Defaults = new();

    private readonly ModelChoice _model = new();
    private readonly TextInput _input = new();
    private readonly LabelledLines _lines = new();
    private readonly Option<string> _long = TaskText.LongOption(LongInput.Stride, LongInput.Truncate);

    private readonly Option<string> _cut = CommonOptions.Choice("--cut", "With --long truncate: what is cut out of the text",
        NameOf(Defaults.Cut), [.. Enum.GetValues<CutPart>().Select(NameOf)]);

    private readonly Option<int> _overlap = CommonOptions.WholeNumber("--overlap",
        "With --long stride: tokens that a window repeats from the one before", Defaults.Overlap, minimum: 0);

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("classify", "Label a text, or its parts, with a classifier")
        {
            Options = { _long, _cut, _overlap, _json },
            Notes =
            [
                "--lines FILE labels each line of a file, and prints one label a line, which 'weft metric accuracy' and",
                "'weft metric f1' can judge; where the config says \"multi_label_classification\" all that are likelier than",
                "not, with commas, and where it says \"regression\" the numbers. With --json it prints one object a line.",
                "Prints the labels, the likeliest first, with their probabilities: the softmax of the model's logits, or the",
                "sigmoid of each where the config says \"multi_label_classification\"; of a \"regression\" the numbers",
                "themselves. --json prints",
                "  {\"label\": \"...\", \"labels\": [{\"label\": \"...\", \"probability\": X, \"logit\": X}, ...]}",
                "With a classifier of tokens it prints the parts of the text that have a label, one a line: label, where the",
                "part stands (UTF-16 units), probability and the part itself; with --json",
                "  {\"spans\": [{\"label\": \"...\", \"text\": \"...\", \"start\": N, \"end\": N, \"probability\": X}, ...]}",
                "--long stride reads a long text in windows: logits of the whole are the means of theirs.",
            ],
            Examples =
            [
                "weft classify models/sst2 \"A charming, funny film.\"",
                "weft classify models/sst2 --lines reviews.txt > predicted.txt",
                "weft classify models/nli \"A man sleeps.\" --pair \"Somebody rests.\" --json",
                "weft classify models/ner \"Ada Lovelace was born in London.\"",
            ],
        };
        _input.AddTo(command);
        _lines.AddTo(command);
        _model.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        (string? text, string? pair) = _lines.IsGiven(context) ? default : _input.ReadTexts(context);
        LongInput policy = TaskText.PolicyOf(context.Get(_long));
        TaskText.CheckOverlap(context, _overlap, policy);
        if (policy != LongInput.Truncate && context.IsGiven(_cut))
            throw new UsageException($"{_cut.Name} is of texts that are cut, and so needs --long truncate; give both or neither");
        using LanguageModel model = _model.Open(context);
        TextClassificationOptions options = Defaults with { Long = policy, Cut = Enum.Parse<CutPart>(context.Get(_cut), ignoreCase: true), Overlap = context.Get(_overlap) };
        if (model.Spec.Head is HeadSpec.TokenClassification)
        {
            if (text is null || pair is not null)
                throw new UsageException($"model '{model.Path}' labels the parts of one text; give TEXT, without --ids, --lines and --pair");
            WriteSpans(context, new TokenClassifier(model, options).Find(text, context.Cancellation));
            return 0;
        }
        if (model.Spec.Head is not HeadSpec.SequenceClassification)
            throw new UsageException($"model '{model.Path}' has a {model.Spec.Head.GetType().Name} head, which gives a text no label; give a classifier of sequences or tokens");
        var classifier = new TextClassifier(model, options);
        if (_lines.IsGiven(context))
        {
            foreach (Classification line in _lines.Classify(context, _input, classifier))
                (context.Get(_json) ? (Action<CommandContext, Classification>)WriteJson : WriteLine)(context, line);
            return 0;
        }
        Classification found;
        if (text is not null)
            found = classifier.Classify(text, pair, context.Cancellation);
        else
        {
            (int[] ids, int[] types) = _input.Read(context, model.Generator);
            found = classifier.Classify(ids, types);
        }
        Action<CommandContext, Classification> write = context.Get(_json) ? WriteJson : WriteText;
        write(context, found);
        return 0;
    }

    private static string NameOf(CutPart part) => part.ToString().ToLowerInvariant();

    private static void WriteLine(CommandContext context, Classification found) => context.Output.WriteLine(LabelledLines.Describe(found));

    private static void WriteText(CommandContext context, Classification found)
    {
        int width = found.Scores.Max(score => score.Name.Length);
        foreach (LabelScore score in found.Scores)
        {
            string number = score.Probability is { } probability ? probability.ToString("P2", CultureInfo.InvariantCulture) : score.Logit.ToString("R", CultureInfo.InvariantCulture);
            context.Output.WriteLine($"{Failure.OneLine(score.Name).PadRight(width)}  {number,8}");
        }
    }

    private void WriteSpans(CommandContext context, IReadOnlyList<TokenSpan> spans)
    {
        if (!context.Get(_json))
        {
            foreach (TokenSpan span in spans)
                context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Failure.OneLine(span.Label),-8}  {span.Start,5}..{span.End,-5}  {span.Probability,8:P2}  {Failure.OneLine(span.Text)}"));
            return;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteStartArray("spans");
        foreach (TokenSpan span in spans)
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteString("label", span.Label);
            json.Writer.WriteString("text", span.Text);
            json.Writer.WriteNumber("start", span.Start);
            json.Writer.WriteNumber("end", span.End);
            json.Writer.WriteNumber("probability", span.Probability);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteJson(CommandContext context, Classification found)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        if (found.Kind != LabelKind.Regression)
            json.Writer.WriteString("label", found.Label);
        json.Writer.WriteStartArray("labels");
        foreach (LabelScore score in found.Scores)
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteString("label", score.Name);
            if (score.Probability is { } probability)
                json.Writer.WriteNumber("probability", probability);
            json.Writer.WriteNumber("logit", score.Logit);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
