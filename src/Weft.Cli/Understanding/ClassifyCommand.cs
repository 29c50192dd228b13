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
                "Prints the labels, the likeliest first, with their probabilities: the softmax of the model's logits, or the",
                "sigmoid of each where the config says \"multi_label_classification\". --json prints",
                "  {\"label\": \"...\", \"labels\": [{\"label\": \"...\", \"probability\": X, \"logit\": X}, ...]}",
            ],
            Examples =
            [
                "weft classify models/sst2 \"A charming, funny film.\"",
                "weft classify models/nli \"A man sleeps.\" --pair \"Somebody rests.\" --json",
            ],
        };
        _input.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        string folder = context.Get(_model);
        using TextGenerator model = WeftTool.OpenModel(context, folder, context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact)));
        if (model.Model.Spec.Head is not HeadSpec.SequenceClassification head)
            throw new UsageException($"model '{folder}' has a {model.Model.Spec.Head.GetType().Name} head, which gives a text no label; give a sequence classifier");
        (int[] Ids, int[] Types) read = _input.Read(context, model);
        float[] logits = new float[head.Labels], probabilities = new float[head.Labels];
        model.Model.ComputeOutputs(TextInput.Of(read), logits);
        using Checkpoint files = Checkpoint.Open(WeftTool.Resolve(folder));
        if (files.LabelsAreIndependent)
            TensorPrimitives.Sigmoid<float>(logits, probabilities);
        else
            TensorPrimitives.SoftMax<float>(logits, probabilities);
        int[] order = [.. Enumerable.Range(0, head.Labels).OrderByDescending(label => logits[label])];
        Action<CommandContext, Label[]> write = context.Get(_json) ? WriteJson : WriteText;
        write(context, [.. order.Select(label => new Label(Name(files, label), probabilities[label], logits[label]))]);
        return 0;
    }

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
            json.Writer.WriteNumber("probability", label.Probability);
            json.Writer.WriteNumber("logit", label.Logit);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private sealed record Label(string Name, float Probability, float Logit);
}
