using Weft.Text;

namespace Weft.Tasks;

/// <summary>A part of a text, or all of it, as the model reads it.</summary>
/// <param name="Text">Its ids.</param>
/// <param name="Start">Index of its first token among those of the text that is read in windows.</param>
internal readonly record struct TextWindow(EncodedText Text, int Start);

/// <summary>How long texts are treated.</summary>
/// <param name="Long">The policy.</param>
/// <param name="Overlap">Tokens that a window repeats from the one before it.</param>
/// <param name="Cut">What truncation cuts out.</param>
internal readonly record struct WindowOptions(LongInput Long, int Overlap, CutPart Cut = CutPart.Tail);

/// <summary>A text, or a pair of texts, in as many windows as the model's context demands.</summary>
internal static class TextWindows
{
    /// <param name="model">Whose tokenizer and context.</param>
    /// <param name="text">The text; of a pair the first, which every window holds whole.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="options">Refuse, Truncate or Stride.</param>
    /// <exception cref="ArgumentException">The text is too long and is to be refused, or the overlap leaves no room for progress.</exception>
    public static TextWindow[] Of(LanguageModel model, string text, string? pair, WindowOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodedText Encode(EncodeOptions? how) => pair is null ? model.Tokenizer.Encode(text, how) : model.Tokenizer.EncodePair(text, pair, how);
        EncodedText whole = Encode(null);
        int room = model.ContextLength;
        if (whole.Ids.Length <= room)
            return [new(whole, 0)];
        switch (options.Long)
        {
            case LongInput.Truncate:
                return [new(whole.Without(options.Cut, room), 0)];
            case LongInput.Stride:
                EncodedText first = Encode(new()
                {
                    Truncate = new(room) { Strategy = pair is null ? TruncationStrategy.OnlyFirst : TruncationStrategy.OnlySecond, Stride = options.Overlap },
                });
                int progress = first.Sequences.Count(sequence => sequence == (pair is null ? 0 : 1)) - options.Overlap;
                return [.. first.Overflow.Prepend(first).Select((window, i) => new TextWindow(window, i * progress))];
            default:
                throw LongInputs.Refusal(whole.Ids.Length, room, LongInput.Stride, LongInput.Truncate);
        }
    }
}
