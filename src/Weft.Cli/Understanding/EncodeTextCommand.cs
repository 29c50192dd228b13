using System.CommandLine;
using System.Globalization;
using Weft.Inference;
using Weft.Model.Spec;

namespace Weft.Cli.Understanding;

/// <summary><c>weft encode</c>: a text as vectors.</summary>
internal sealed class EncodeTextCommand
{
    private static readonly Dictionary<string, Pooling> Poolings = new() { ["mean"] = Pooling.Mean, ["first"] = Pooling.First, ["last"] = Pooling.Last };

    private readonly Argument<string> _model = WeftTool.ModelArgument();
    private readonly TextInput _input = new();

    private readonly Option<string> _pooling = CommonOptions.Choice("--pooling",
        "How the vector of the text comes from those of its tokens", "model", ["model", .. Poolings.Keys]);

    private readonly Option<bool> _normalize = CommonOptions.Flag("--normalize", "Divide the vector by its length");
    private readonly Option<bool> _hidden = CommonOptions.Flag("--hidden", "Print the vectors of the tokens too");
    private readonly Option<string?> _adapter = WeftTool.AdapterOption();
    private readonly Option<int?> _threads = WeftTool.ThreadsOption();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<bool> _exact = WeftTool.ExactOption();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("encode", "Turn a text into vectors: hidden states and their pooled vector")
        {
            Arguments = { _model },
            Options = { _pooling, _normalize, _hidden, _adapter, _threads, _pin, _exact, _json },
            Notes =
            [
                "Prints the vector of the text on one line, its numbers separated by spaces, and with --hidden first a line",
                "for each token: the last hidden states, after the final norm. Of a model with an encoder and a decoder they",
                "are the encoder's. --pooling model follows the model where it is made for vectors (as BERT's pooler and",
                "sentence transformers), and takes the mean elsewhere. --json prints",
                "  {\"ids\": [...], \"pooled\": [...], \"hidden\": [[...], ...]}",
                "with hidden only where it is asked for.",
            ],
            Examples =
            [
                "weft encode models/all-MiniLM-L6-v2 \"A sentence to compare\"",
                "weft encode models/bert-base-uncased --ids 101,7592,102 --hidden --json",
            ],
        };
        _input.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        using TextGenerator model = WeftTool.OpenModel(context, context.Get(_model), context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact)));
        (int[] Ids, int[] Types) read = _input.Read(context, model);
        int size = model.Model.Spec.HiddenSize;
        float[] hidden = new float[read.Ids.Length * size], pooled = new float[size];
        if (model.Model.Spec.HasSource)
            model.Model.ComputeSource(read.Ids, hidden);
        else
            model.Model.ComputeHidden(TextInput.Of(read), hidden);
        string pooling = context.Get(_pooling);
        if (pooling == "model" && model.Model.Spec is { Head: HeadSpec.PooledEmbedding, HasSource: false })
            model.Model.ComputeOutputs(TextInput.Of(read), pooled);
        else
            SequencePooling.Pool(Poolings.GetValueOrDefault(pooling, Pooling.Mean), hidden, pooled);
        if (context.Get(_normalize))
            SequencePooling.Normalize(pooled);
        float[][] rows = context.Get(_hidden) ? [.. hidden.Chunk(size)] : [];
        if (context.Get(_json))
            WriteJson(context, read.Ids, pooled, rows);
        else
            foreach (float[] row in (float[][])[.. rows, pooled])
                context.Output.WriteLine(string.Join(' ', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        return 0;
    }

    private static void WriteJson(CommandContext context, int[] ids, float[] pooled, float[][] rows)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.WriteIds(ids);
        json.Writer.WritePropertyName("pooled");
        WriteRow(json, pooled);
        if (rows.Length > 0)
        {
            json.Writer.WriteStartArray("hidden");
            foreach (float[] row in rows)
                WriteRow(json, row);
            json.Writer.WriteEndArray();
        }
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteRow(JsonOutput json, float[] row)
    {
        json.Writer.WriteStartArray();
        foreach (float value in row)
            json.Writer.WriteNumberValue(value);
        json.Writer.WriteEndArray();
        json.Drain();
    }
}
