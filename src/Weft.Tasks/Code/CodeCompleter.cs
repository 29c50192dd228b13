using System.Text;
using Weft.Inference;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>How code is completed.</summary>
public sealed record CodeCompletionOptions
{
    /// <summary>Most tokens that are written.</summary>
    public int MaximumTokens { get; init; } = 128;

    /// <summary>How tokens are drawn; the likeliest every time unless told otherwise.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>The completion ends before the first of these texts, such as a blank line.</summary>
    public IReadOnlyList<string> StopSequences { get; init; } = [];

    /// <summary>Refuse, or Truncate: then what is farthest from the gap is left out, of the longer side first.</summary>
    public LongInput Long { get; init; }
}

/// <summary>A piece of code.</summary>
/// <param name="Text">What was written.</param>
/// <param name="FillsGap">The model saw what stands after the gap; false where it only continued what stands before.</param>
/// <param name="StopReason">Why it ends; null for a stop sequence.</param>
public sealed record CodeCompletion(string Text, bool FillsGap, StopReason? StopReason);

/// <summary>
/// Completes code between what stands before and after a gap, with the tokens that Qwen, StarCoder, Code Llama, CodeGemma and DeepSeek have for it; a model without such tokens
/// continues what stands before. Safe to use from several threads.
/// </summary>
public sealed class CodeCompleter
{
    private readonly LanguageModel _model;
    private readonly CodeCompletionOptions _options;
    private readonly InfillingTokens? _tokens;

    /// <param name="model">A decoder; not owned.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NotSupportedException">The model is no decoder that continues texts.</exception>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public CodeCompleter(LanguageModel model, CodeCompletionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Spec.Generates || model.Spec.HasSource)
            throw new NotSupportedException($"model '{model.Path}' does not continue texts; give a decoder with a language model's head");
        _model = model;
        _options = options ?? new();
        LongInputs.Check(_options.Long, LongInput.Refuse, LongInput.Truncate);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaximumTokens, 1);
        StopText.Check(_options.StopSequences);
        _tokens = InfillingTokens.Of(model.Tokenizer);
    }

    /// <summary>The model can be told what stands after the gap.</summary>
    public bool FillsGaps => _tokens is not null;

    /// <summary>Completes code.</summary>
    /// <param name="before">What stands before the gap.</param>
    /// <param name="after">What stands after it; empty for nothing. A model without tokens for it does not see it: see <see cref="CodeCompletion.FillsGap"/>.</param>
    /// <param name="ct">Ends it between two tokens.</param>
    /// <exception cref="ArgumentException">The code does not fit the model's context, and <see cref="CodeCompletionOptions.Long"/> is Refuse.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public CodeCompletion Complete(string before, string after = "", CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        bool fills = _tokens is not null && after.Length > 0;
        int[] prompt = Prompt(before, fills ? after : "");
        var written = new StringBuilder();
        var stop = new StopText(_options.StopSequences);
        var generation = new GenerationOptions { MaximumTokens = _options.MaximumTokens, Sampling = _options.Sampling };
        StopReason? reason = null;
        foreach (GeneratedToken token in _model.Generator.Generate(prompt, generation, ct))
        {
            if (_tokens?.Ends.Contains(token.Id) == true)
            {
                reason = StopReason.EndOfText;
                break;
            }
            written.Append(stop.Append(token.Text));
            reason = token.StopReason;
            if (stop.IsFound)
                return new(written.ToString(), fills, null);
        }
        return new(written.Append(stop.Flush()).ToString(), fills, reason);
    }

    /// <summary>The prompt, with room for at least one token after it.</summary>
    internal int[] Prompt(string before, string after)
    {
        Tokenizer tokenizer = _model.Tokenizer;
        int[] start = tokenizer.Settings.Roles.Beginning is { } beginning && tokenizer.EncodeToIds("") is [var first, ..] && first == beginning.Id ? [first] : [];
        bool fills = _tokens is not null && after.Length > 0;
        int[] left = tokenizer.EncodeToIds(before, addSpecialTokens: false), right = fills ? _tokens!.EncodeSuffix(tokenizer, after) : [];
        int around = start.Length + (fills ? 3 : 0), room = _model.ContextLength - around;
        if (left.Length + right.Length > room)
        {
            if (_options.Long == LongInput.Refuse || room < 1)
                throw LongInputs.Refusal(left.Length + right.Length + around, _model.ContextLength, LongInput.Truncate);
            int kept = Math.Max(room / 2, room - Math.Min(left.Length, right.Length));
            (int onLeft, int onRight) = left.Length >= right.Length
                ? (Math.Min(kept, left.Length), room - Math.Min(kept, left.Length))
                : (room - Math.Min(kept, right.Length), Math.Min(kept, right.Length));
            (left, right) = (left[^Math.Min(onLeft, left.Length)..], right[..Math.Min(onRight, right.Length)]);
        }
        return fills ? [.. start, _tokens!.Prefix, .. left, _tokens.Suffix, .. right, _tokens.Middle] : [.. start, .. left];
    }
}
