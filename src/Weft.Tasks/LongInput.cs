namespace Weft.Tasks;

/// <summary>What becomes of a text that is longer than the model's context. Nothing is ever cut in silence.</summary>
public enum LongInput
{
    /// <summary>It is refused, with both lengths in the message.</summary>
    Refuse,

    /// <summary>What is beyond the context is left out.</summary>
    Truncate,

    /// <summary>It is read in windows that overlap, whose results are put together.</summary>
    Stride,

    /// <summary>It is taken apart where paragraphs, sentences or words end, and the results of its parts are put together.</summary>
    MapReduce,
}

/// <summary>Which policies a task has.</summary>
internal static class LongInputs
{
    /// <exception cref="ArgumentOutOfRangeException">The task has no such policy.</exception>
    public static void Check(LongInput policy, params ReadOnlySpan<LongInput> allowed)
    {
        if (!allowed.Contains(policy))
            throw new ArgumentOutOfRangeException(nameof(policy), policy, $"long texts are not treated by {policy} here; choose {Names(allowed)}");
    }

    /// <summary>What <see cref="LongInput.Refuse"/> throws.</summary>
    /// <param name="tokens">Of the text, with the special tokens around it.</param>
    /// <param name="room">What the model reads.</param>
    /// <param name="others">The other policies of the task.</param>
    public static ArgumentException Refusal(int tokens, int room, params ReadOnlySpan<LongInput> others) => new(
        $"the text is {tokens} tokens, but the model reads {room}; shorten it{(others.IsEmpty ? "" : $", or choose another policy for long texts: {Names(others)}")}");

    private static string Names(ReadOnlySpan<LongInput> policies) => string.Join(" or ", policies.ToArray());
}
