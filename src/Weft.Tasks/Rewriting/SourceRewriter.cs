using System.Text.Json;
using Weft.Inference;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>What translators and summarizers share: a source goes into the encoder, a text comes out of the decoder.</summary>
internal sealed class SourceRewriter
{
    private readonly LanguageModel _model;
    private readonly RewritingOptions _options;
    private readonly GenerationOptions _generation;
    private readonly LanguageRoute _route;
    private readonly string _prefix;

    /// <param name="model">An encoder-decoder; not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="route">From which language to which, as the model is told.</param>
    /// <param name="task">Whose prefix the config's <c>task_specific_params</c> may have.</param>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder that writes texts.</exception>
    public SourceRewriter(LanguageModel model, RewritingOptions options, LanguageRoute route, string task)
    {
        if (!model.Spec.HasSource || !model.Spec.Generates)
            throw new NotSupportedException($"model '{model.Path}' does not read one text to write another; give an encoder-decoder such as T5, BART or Marian");
        (_model, _options, _route) = (model, options, route);
        _generation = options.For(model, route.ForcedBegin);
        JsonElement recommended = model.Config.Object("task_specific_params").Object(task);
        _prefix = options.Prefix ?? recommended.Text("prefix") ?? "";
    }

    /// <summary>What to do with long texts.</summary>
    public LongInput Long => _options.Long;

    /// <summary>The source as the encoder reads it, as long as it is.</summary>
    public int[] Encode(string text) => Encode(text, room: null);

    /// <summary>Whether the encoder can read a text at once.</summary>
    public bool Fits(string text) => Encode(text).Length <= _model.ContextLength;

    /// <summary>The best texts, the best first. What does not fit is refused or cut.</summary>
    /// <exception cref="ArgumentException">The text does not fit, and only parts of it would.</exception>
    public IReadOnlyList<Hypothesis> Write(string text, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] ids = Encode(text);
        if (ids.Length > _model.ContextLength)
            ids = _options.Long == LongInput.Truncate ? Encode(text, _model.ContextLength)
                : throw LongInputs.Refusal(ids.Length, _model.ContextLength, LongInput.MapReduce, LongInput.Truncate);
        return _model.Generator.Search(ids, _generation, ct);
    }

    /// <summary>The parts of a long text, each of which fits.</summary>
    public IReadOnlyList<string> Split(string text) => TextParts.Of(text, Fits);

    private int[] Encode(string text, int? room)
    {
        Tokenizer tokenizer = _model.Tokenizer;
        if (_route.Replaces)
        {
            int[] ids = tokenizer.EncodeToIds(_prefix + text, addSpecialTokens: false);
            return [.. _route.Before, .. ids[..Math.Min(ids.Length, room - _route.Before.Length - _route.After.Length ?? ids.Length)], .. _route.After];
        }
        return [.. _route.Before, .. room is { } most
            ? tokenizer.Encode(_prefix + text, new() { Truncate = new(most - _route.Before.Length) }).Ids
            : tokenizer.EncodeToIds(_prefix + text)];
    }
}
