using System.Text.Json.Serialization;

using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>What the model learns to do with its text, what only some objectives have, and what is added to the loss.</summary>
public sealed partial record ObjectiveRecipe
{
    /// <summary>Which one; by default that of the model's family.</summary>
    public ObjectiveKind? Kind { get; init; }

    /// <summary>How documents become rows; windows for causal, padded for pairs and classification, documents for the others.</summary>
    public PackingKind? Packing { get; init; }

    /// <summary>Share of the tokens to be guessed (masked) or masked (denoising).</summary>
    public double? Share { get; init; }

    /// <summary>Words are masked whole (masked).</summary>
    public bool? WholeWords { get; init; }

    /// <summary>Share of the tokens that are taken out (spans).</summary>
    public double? Density { get; init; }

    /// <summary>Mean length of a span, in tokens (spans, denoising).</summary>
    public double? MeanLength { get; init; }

    /// <summary>Share of the target's probability that is spread over the whole vocabulary.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Probability with which a token is left out of a labelled text, drawn anew at each visit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // Checkpoints from before there was the key belong to the same run.
    public double TokenDropout { get; init; }

    /// <summary>Weight of the squared logarithm of the sum of the exponentiated logits.</summary>
    public double ZLoss { get; init; }

    /// <summary>Weight of the load-balancing loss of mixtures of experts.</summary>
    public double LoadBalance { get; init; }

    /// <summary>Weight of the z-loss of routers of mixtures of experts.</summary>
    public double RouterZLoss { get; init; }

    /// <summary>Tokens after the next one that are predicted in training, by heads that are no part of the exported model (causal).</summary>
    public int FurtherTokens { get; init; }

    /// <summary>Weight of each further token's loss.</summary>
    public double FurtherWeight { get; init; } = 1;

    /// <summary>The words of a recipe for an objective.</summary>
    internal static string NameOf(ObjectiveKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>What is added to cross-entropy.</summary>
    internal TokenLossOptions Loss => new()
    {
        LabelSmoothing = LabelSmoothing,
        ZLoss = ZLoss,
        LoadBalance = LoadBalance,
        RouterZLoss = RouterZLoss,
        FurtherTokens = FurtherWeight,
    };

    /// <summary>Fills in the objective and its packing.</summary>
    internal ObjectiveRecipe Resolve(Recipe recipe, List<DerivedSetting> log)
    {
        ObjectiveKind kind = ObjectiveCheck.KindOf(recipe);
        PackingKind packing = ObjectiveCheck.PackingOf(recipe);
        // What everybody expects of a language model need not be told.
        if (Kind is null && kind != ObjectiveKind.Causal)
            log.Add(new("training.objective.kind", NameOf(kind), $"architecture {recipe.Model.Architecture}"));
        if (Packing is null && kind != ObjectiveKind.Causal)
            log.Add(new("training.objective.packing", packing.ToString().ToLowerInvariant(), $"objective {NameOf(kind)}"));
        return ResolveTeacher(log) with { Kind = kind, Packing = packing };
    }
}

/// <summary>Objectives that a recipe can name.</summary>
public enum ObjectiveKind
{
    /// <summary>Each token from those before it (llama, gpt2).</summary>
    Causal,

    /// <summary>A first part that is read both ways, then each token from those before it (llama, gpt2).</summary>
    Prefix,

    /// <summary>Masked tokens from all others (bert).</summary>
    Masked,

    /// <summary>Spans that were taken out of a text, from the rest (t5).</summary>
    Spans,

    /// <summary>A text from a damaged one (bart).</summary>
    Denoising,

    /// <summary>A target from its source, such as a sentence's translation (marian, bart, t5).</summary>
    Pairs,

    /// <summary>What is said of a row's text: labels or a number (task).</summary>
    Classification,

    /// <summary>Which of two answers to a prompt is preferred (task).</summary>
    Preference,
    /// <summary>What the assistant of a conversation answers, token by token (task).</summary>
    Conversation,
}

/// <summary>How documents become rows.</summary>
public enum PackingKind
{
    /// <summary>All text as one, cut into rows.</summary>
    Windows,

    /// <summary>As many whole documents in a row as fit, kept apart by the model.</summary>
    Documents,

    /// <summary>One document a row, as long as the longest of the batch.</summary>
    Padded,
}
