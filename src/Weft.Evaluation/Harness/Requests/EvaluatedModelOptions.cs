namespace Weft.Evaluation.Harness.Requests;

/// <summary>How a model is asked.</summary>
public sealed record EvaluatedModelOptions
{
    /// <summary>Most sequences that are computed together; the choices of one row always are.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>
    /// Tokens that each window of a long text scores, the first apart, which scores all of its own: fewer give each token more context and take longer. Null for the
    /// model's whole context, so that windows do not overlap.
    /// </summary>
    public int? Stride { get; init; }

    /// <summary>What is done with prompts that do not fit.</summary>
    public LongRows LongRows { get; init; }

    /// <summary>Answers so far, which are not computed again; null for none.</summary>
    public AnswerStore? Answers { get; init; }

    /// <summary>Tells the model from others in the answers: see <see cref="ModelIdentity"/>.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Refuses what cannot be done with a model.</summary>
    internal static EvaluatedModelOptions Check(EvaluatedModelOptions options, int context)
    {
        if (options.Batch < 1)
            throw new ArgumentOutOfRangeException(nameof(options), $"Batch is {options.Batch}; use 1 or more");
        if (options.Stride is { } stride && (stride < 1 || stride > context))
            throw new ArgumentOutOfRangeException(nameof(options), $"Stride is {stride}; use 1 to the model's context, {context}");
        return options;
    }
}
