using System.CommandLine;
using System.Globalization;
using Weft.Inference;
using Weft.Text;

namespace Weft.Cli.Scoring;

/// <summary><c>weft score</c>: how likely a model finds each token of a text.</summary>
internal sealed class ScoreCommand
{
    private readonly Argument<string> _model = WeftTool.ModelArgument();
    private readonly Option<int[]?> _ids = CommonOptions.Ids("--ids", "Token ids to score, used exactly as given");

    private readonly Option<string?> _text = new("--text")
    {
        Description = "Text to score in place of --ids; the tokenizer adds its special tokens",
        HelpName = "TEXT",
    };

    private readonly Option<bool> _logits = CommonOptions.Flag("--logits",
        "With --json: also the logits at each position, one for each id of the vocabulary");

    private readonly Option<string?> _adapter = WeftTool.AdapterOption();
    private readonly Option<int?> _threads = WeftTool.ThreadsOption();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<bool> _exact = WeftTool.ExactOption();
    private readonly Option<string> _cache = WeftTool.CacheOption();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("score", "Show how likely a model finds each token of a text")
    {
        Arguments = { _model },
        Options = { _ids, _text, _logits, _adapter, _threads, _pin, _exact, _cache, _json },
        Notes =
        [
            "The log-probability of a token is natural and given all tokens before it; the first one has none.",
            "--json prints, with one entry for each token,",
            "  {\"positions\": [{\"id\": N, \"logprob\": X, \"logits\": [...]}, ...]}",
            "logprob is log p(this id | the ids before it), null for the first; logits are the model's output AT this",
            "position, before the softmax: they predict the NEXT token, so the softmax of one entry's logits gives the",
            "next entry's logprob.",
        ],
        Examples =
        [
            "weft score models/tinystories --text \"Once upon a time\"",
            "weft score models/tinystories --ids 1,80,147 --logits --json",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        int[]? ids = context.Get(_ids);
        string? text = context.Get(_text);
        if (ids is null == text is null)
            throw new UsageException(ids is null ? "give --ids or --text" : "--ids and --text are both given; give one of them");
        bool json = context.Get(_json), logits = context.Get(_logits);
        if (logits && !json)
            throw new UsageException("--logits needs --json: a table has no room for a whole vocabulary");
        using TextGenerator generator = WeftTool.OpenModel(context, context.Get(_model), context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact), context.Get(_cache)));
        if (ids is not null)
            CommonOptions.CheckIds(_ids.Name, ids, generator.Model.Spec.VocabularySize);
        ids ??= generator.Tokenizer.EncodeToIds(text!);
        var scores = new SequenceScores(generator.Model, ids);
        if (json)
            WriteJson(context, scores, logits);
        else
            WriteTable(context, scores, generator.HasTokenizer ? generator.Tokenizer : null);
        return 0;
    }

    private static void WriteJson(CommandContext context, SequenceScores scores, bool withLogits)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteStartArray("positions");
        foreach (PositionScore position in scores.Compute(context.Cancellation))
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteNumber("id", position.Id);
            if (position.LogProbability is { } logProbability)
                json.Writer.WriteNumber("logprob", logProbability);
            else
                json.Writer.WriteNull("logprob");
            if (withLogits)
            {
                json.Writer.WriteStartArray("logits");
                foreach (float logit in position.Logits.Span)
                    json.Writer.WriteNumberValue(logit);
                json.Writer.WriteEndArray();
            }
            json.Writer.WriteEndObject();
            json.Drain();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteTable(CommandContext context, SequenceScores scores, Tokenizer? tokenizer)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        TextWriter output = context.Output;
        output.WriteLine("position       id   logprob     p  token");
        double sum = 0;
        int count = 0;
        foreach (PositionScore position in scores.Compute(context.Cancellation))
        {
            (string logProbability, string probability) = position.LogProbability is { } value
                ? (value.ToString("F4", culture), Math.Exp(value).ToString("P0", culture))
                : ("-", "-");
            string token = tokenizer?.IdToToken(position.Id) is { } spelled ? Failure.OneLine(spelled) : "";
            output.WriteLine($"{count,8} {position.Id,8} {logProbability,9} {probability,5}  {token}".TrimEnd());
            sum += position.LogProbability ?? 0;
            count++;
        }
        output.Flush();
        if (count > 1)
            context.Error.WriteLine(string.Create(culture,
                $"{count - 1} scored tokens, log-probability {sum:F4}, perplexity {Math.Exp(-sum / (count - 1)):F3}"));
    }
}
