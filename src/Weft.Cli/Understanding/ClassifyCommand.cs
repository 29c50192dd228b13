using System.CommandLine;
using System.Globalization;
using System.Numerics.Tensors;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Cli.Understanding;

/// <summary><c>weft classify</c>: which label a model gives a text.</summary>
internal sealed class ClassifyCommand
{
    private readonly Argument<string> _model = WeftTool.ModelArgument();
    private readonly TextInput _input = new();
    private readonly LabelledLines _lines = new();
    private readonly Option<string?> _adapter = WeftTool.AdapterOption();
    private readonly Option<int?> _threads = WeftTool.ThreadsOption();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<bool> _exact = WeftTool.ExactOption();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("classify", "Label a text with a sequence classifier")
        {
            Arguments = { _model },
            Options = { _adapter, _threads, _pin, _exact, _json },
            Notes =
            [
                "--lines FILE labels each line of a file, and prints one label a line, which 'weft metric accuracy' and",
                "'weft metric f1' can judge; where the config says \"multi_label_classification\" all that are likelier than",
                "not, with commas, and where it says \"regression\" the number. With --json it prints one object a line.",
                "Prints the labels, the likeliest first, with their probabilities: the softmax of the model's logits, or the",
                "sigmoid of each where the config says \"multi_label_classification\". --json prints",
                "  {\"label\": \"...\", \"labels\": [{\"label\": \"...\", \"probability\": X, \"logit\": X}, ...]}",
            ],
            Examples =
            [
                "weft classify models/sst2 \"A charming, funny film.\"",
                "weft classify models/sst2 --lines reviews.txt > predicted.txt",
                "weft classify models/nli \"A man sleeps.\" --pair \"Somebody rests.\" --json",
            ],
        };
        _input.AddTo(command);
        _lines.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        string folder = context.Get(_model);
        using TextGenerator model = WeftTool.OpenModel(context, folder, context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact)));
        if (model.Model.Spec.Head is not HeadSpec.SequenceClassification head)
            throw new UsageException($"model '{folder}' has a {model.Model.Spec.Head.GetType().Name} head, which gives a text no label; give a sequence classifier");
        using Checkpoint files = Checkpoint.Open(WeftTool.Resolve(folder));
        bool json = context.Get(_json);
        if (_lines.IsGiven(context))
        {
            foreach ((int[] Ids, int[] Types) line in _lines.Read(context, _input, model))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                Label[] labels = Judge(model, files, line, head.Labels);
                if (json)
                    WriteJson(context, labels);
                else
                    context.Output.WriteLine(LabelledLines.Describe(files, labels.Select(label => (label.Name, label.Logit))));
            }
            return 0;
        }
        (int[] Ids, int[] Types) read = _lines.Shorten(context, _input.Encode(context, model), model, "the text");
        Action<CommandContext, Label[]> write = json ? WriteJson : files.GivesNumber ? WriteNumber : WriteText;
        write(context, Judge(model, files, read, head.Labels));
        return 0;
    }

    /// <summary>The labels, the likeliest first.</summary>
    private static Label[] Judge(TextGenerator model, Checkpoint files, (int[] Ids, int[] Types) read, int labels)
    {
        float[] logits = new float[labels], probabilities = new float[labels];
        model.Model.ComputeOutputs(TextInput.Of(read), logits);
        if (files.LabelsAreIndependent)
            TensorPrimitives.Sigmoid<float>(logits, probabilities);
        else
            TensorPrimitives.SoftMax<float>(logits, probabilities);
        return [.. Enumerable.Range(0, labels).OrderByDescending(label => logits[label]).Select(label => new Label(Name(files, label), files.GivesNumber ? null : probabilities[label], logits[label]))];
    }

    private static void WriteNumber(CommandContext context, Label[] labels) => context.Output.WriteLine(LabelledLines.Number(labels[0].Logit));

    private static string Name(Checkpoint files, int label) =>
        label < files.Labels.Length ? files.Labels[label] : string.Create(CultureInfo.InvariantCulture, $"LABEL_{label}");

    private static void WriteText(CommandContext context, Label[] labels)
    {
        int width = labels.Max(label => label.Name.Length);
        foreach (Label label in labels)
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Failure.OneLine(label.Name).PadRight(width)}  {label.Probability,8:P2}"));
    }

    private static void WriteJson(CommandContext context, Label[] labels)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("label", labels[0].Name);
        json.Writer.WriteStartArray("labels");
        foreach (Label label in labels)
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteString("label", label.Name);
            if (label.Probability is { } probability)
                json.Writer.WriteNumber("probability", probability);
            json.Writer.WriteNumber("logit", label.Logit);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private sealed record Label(string Name, float? Probability, float Logit);
}
