namespace Weft.Evaluation.Harness.Requests;

/// <summary>Asks how likely a text is to follow another.</summary>
/// <param name="Context">What stands before; empty for nothing.</param>
/// <param name="Continuation">What is scored.</param>
/// <param name="Source">File and line, for messages.</param>
public sealed record ContinuationRequest(string Context, string Continuation, string Source)
{
    /// <summary>A chat template wrote the context, so that names of special tokens in it are those tokens.</summary>
    public bool IsRendered { get; init; }
}

/// <summary>Asks how likely a whole text is.</summary>
/// <param name="Text">What is scored.</param>
/// <param name="Source">File and line, for messages.</param>
public sealed record RollingRequest(string Text, string Source);

/// <summary>Asks what the model writes.</summary>
/// <param name="Context">What is continued.</param>
/// <param name="Stops">The text ends before the first of these that it holds.</param>
/// <param name="MaximumTokens">Most tokens.</param>
/// <param name="Source">File and line, for messages.</param>
public sealed record GenerationRequest(string Context, IReadOnlyList<string> Stops, int MaximumTokens, string Source)
{
    /// <summary>A chat template wrote the context, so that names of special tokens in it are those tokens.</summary>
    public bool IsRendered { get; init; }
}

/// <summary>How likely a text is.</summary>
/// <param name="LogLikelihood">Natural logarithm of its probability, in sum over its tokens.</param>
/// <param name="IsGreedy">Each of its tokens is the likeliest one where it stands.</param>
public readonly record struct ScoredText(double LogLikelihood, bool IsGreedy);
