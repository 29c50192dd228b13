namespace Weft.Evaluation.Harness.Tasks;

/// <summary>What a row asks a model. Each kind needs another verb of the model.</summary>
public abstract record Question
{
    private Question()
    {
    }

    /// <summary>The question as an example with its answer.</summary>
    public abstract (string Prompt, string Answer) Shot { get; }

    /// <summary>Several choices, one of them right.</summary>
    /// <param name="prompt">Before all of them.</param>
    /// <param name="choices">What may follow it.</param>
    /// <param name="gold">Index of the right one.</param>
    public static Alternatives Choose(string prompt, IReadOnlyList<string> choices, int gold) => new([.. choices.Select(choice => new Alternative(prompt, choice))], gold);

    /// <summary>Several beginnings, one of them right, and what follows each (partial evaluation: Trinh and Le, "A Simple Method for Commonsense Reasoning", 2018).</summary>
    /// <param name="prompts">The beginnings.</param>
    /// <param name="continuation">Follows all of them, and alone is scored.</param>
    /// <param name="gold">Index of the right one.</param>
    public static Alternatives Fill(IReadOnlyList<string> prompts, string continuation, int gold) => new([.. prompts.Select(prompt => new Alternative(prompt, continuation))], gold);

    /// <summary>How likely each of several texts is.</summary>
    /// <param name="Items">The texts.</param>
    /// <param name="Gold">Index of the right one, or of the first that is.</param>
    public sealed record Alternatives(IReadOnlyList<Alternative> Items, int Gold) : Question
    {
        /// <inheritdoc/>
        public override (string Prompt, string Answer) Shot => (Items[Gold].Prompt, Items[Gold].Answer);
    }

    /// <summary>How likely one text is to follow another, and whether the model would write it.</summary>
    /// <param name="Prompt">What stands before.</param>
    /// <param name="Target">What is scored.</param>
    public sealed record Continuation(string Prompt, string Target) : Question
    {
        /// <inheritdoc/>
        public override (string Prompt, string Answer) Shot => (Prompt, Target);
    }

    /// <summary>How likely a whole text is.</summary>
    /// <param name="Scored">What the model reads.</param>
    /// <param name="Original">Whose words and bytes are counted.</param>
    public sealed record WholeText(string Scored, string Original) : Question
    {
        /// <inheritdoc/>
        public override (string Prompt, string Answer) Shot => throw new NotSupportedException("a whole text is no example; ask this task without shots");
    }

    /// <summary>What the model writes.</summary>
    /// <param name="Prompt">What it continues.</param>
    /// <param name="Answer">The right answer, as an example shows it.</param>
    /// <param name="Stops">The answer ends before the first of these.</param>
    /// <param name="MaximumTokens">Most tokens.</param>
    public sealed record Generation(string Prompt, string Answer, IReadOnlyList<string> Stops, int MaximumTokens) : Question
    {
        /// <inheritdoc/>
        public override (string Prompt, string Answer) Shot => (Prompt, Answer);

        /// <summary>The program that tells whether an answer is right by running to its end; null where no program does.</summary>
        public Func<string, string>? Program { get; init; }
    }
}

/// <summary>One of several texts.</summary>
/// <param name="Prompt">What stands before.</param>
/// <param name="Answer">What is scored.</param>
public sealed record Alternative(string Prompt, string Answer);
