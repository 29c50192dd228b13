using System.CommandLine;
using System.Globalization;
using Weft.Model.Spec;
using Weft.Tasks;

namespace Weft.Cli.Understanding;

/// <summary><c>weft encode</c>: a text as vectors.</summary>
internal sealed class EncodeTextCommand
{
    private static readonly Dictionary<string, Pooling> Poolings = new() { ["mean"] = Pooling.Mean, ["first"] = Pooling.First, ["last"] = Pooling.Last };

    private readonly Argument<string> _model = WeftTool.ModelArgument();
    private readonly TextInput _input = new();

    private readonly Option<string> _pooling = PoolingOption();

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

    /// <summary><c>--pooling</c>.</summary>
    public static Option<string> PoolingOption() => CommonOptions.Choice("--pooling",
        "How the vector of the text comes from those of its tokens", "model", ["model", .. Poolings.Keys]);

    /// <summary>What <see cref="PoolingOption"/> names; null as the model was made.</summary>
    public static Pooling? PoolingOf(string name) => Poolings.TryGetValue(name, out Pooling pooling) ? pooling : null;

    private int Run(CommandContext context)
    {
        using LanguageModel model = WeftTool.OpenLanguageModel(context, context.Get(_model), context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact)));
        (int[] Ids, int[] Types) read = _input.Read(context, model.Generator);
        int size = model.Spec.HiddenSize;
        using var embedder = new TextEmbedder(model, new() { Pooling = PoolingOf(context.Get(_pooling)), Normalize = context.Get(_normalize) });
        float[] pooled = embedder.Embed(read.Ids, read.Types), hidden = new float[context.Get(_hidden) ? read.Ids.Length * size : 0];
        if (hidden.Length > 0 && model.Spec.HasSource)
            model.Generator.Model.ComputeSource(read.Ids, hidden);
        else if (hidden.Length > 0)
            model.Generator.Model.ComputeHidden(TextInput.Of(read), hidden);
        float[][] rows = [.. hidden.Chunk(size)];
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
