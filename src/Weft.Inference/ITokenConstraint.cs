namespace Weft.Inference;

/// <summary>
/// What a generation may write, such as the sentences of a grammar (<see cref="GenerationOptions.Constraint"/>). Itself without state: each text has one of its own.
/// </summary>
public interface ITokenConstraint
{
    /// <summary>Begins a text. Called once for each generation, on the thread that generates.</summary>
    ITokenConstraintState Begin();
}

/// <summary>A text under a constraint: asked before each token, and told which one was chosen. One thread at a time.</summary>
public interface ITokenConstraintState
{
    /// <summary>The text may end here, so tokens that end a text are allowed beside those of <see cref="GetAllowedIds"/>; elsewhere they never are.</summary>
    bool MayEnd { get; }

    /// <summary>Nothing may follow: the token told last is the last one.</summary>
    bool MustEnd { get; }

    /// <summary>The tokens that may come next: id i is allowed where bit i % 64 of word i / 64 is set. Ids beyond the last word are not.</summary>
    /// <returns>Valid until <see cref="Accept"/> is called.</returns>
    /// <exception cref="NotSupportedException">No token of the vocabulary may come next, and the text may not end here.</exception>
    ReadOnlySpan<ulong> GetAllowedIds();

    /// <summary>Adds the token that was chosen, unless it ends the text.</summary>
    /// <param name="id">One of those that are allowed.</param>
    /// <exception cref="ArgumentException">It is not allowed.</exception>
    void Accept(int id);
}
