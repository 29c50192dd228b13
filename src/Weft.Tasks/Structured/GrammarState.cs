namespace Weft.Tasks;

/// <summary>What is still to come after some bytes: a part, and below it what follows that part. Equal ones are one object.</summary>
/// <param name="top">The part that comes next.</param>
/// <param name="below">What comes after it; null for the end.</param>
/// <param name="number">Its own, by which sets of stacks are told apart.</param>
internal sealed class GrammarStack(ByteGrammar top, GrammarStack? below, int number)
{
    public ByteGrammar Top => top;

    public GrammarStack? Below => below;

    public int Number => number;
}

/// <summary>All that may come after some bytes. Equal ones are one object, until their automaton forgets them.</summary>
/// <param name="stacks">Each begins with a set of bytes.</param>
/// <param name="isComplete">The bytes so far are a text of the grammar.</param>
/// <param name="classes">Classes of bytes.</param>
internal sealed class GrammarState(GrammarStack[] stacks, bool isComplete, int classes)
{
    public GrammarStack[] Stacks => stacks;

    /// <inheritdoc cref="GrammarState"/>
    public bool IsComplete => isComplete;

    /// <summary>No byte may follow.</summary>
    public bool IsLast => stacks.Length == 0;

    /// <summary>No text begins with these bytes.</summary>
    public bool IsDead => IsLast && !isComplete;

    /// <summary>By class of the next byte; null where it was not asked for yet.</summary>
    public GrammarState?[] Successors { get; } = stacks.Length == 0 ? [] : new GrammarState?[classes];

    /// <summary>The tokens that may come next, once they were asked for.</summary>
    public ulong[]? AllowedIds { get; set; }
}
