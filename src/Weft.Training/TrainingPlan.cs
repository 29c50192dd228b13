namespace Weft.Training;

/// <summary>Everything that decides the course of a run; two runs of one plan on one data set give the same losses.</summary>
public sealed record TrainingPlan
{
    internal const int UsualEvaluationWindows = 32;

    /// <summary>Optimizer updates.</summary>
    public required int Steps { get; init; }

    /// <summary>Windows of one update.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Windows computed at a time; an update takes several passes where this is smaller than the batch.</summary>
    public required int WindowsPerPass { get; init; }

    /// <summary>Tokens of a window.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Learning rate by step.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>Which optimizer, and its constants.</summary>
    public OptimizerOptions Optimizer { get; init; } = new AdamWOptions();

    /// <summary>What is added to cross-entropy in training; evaluation takes cross-entropy alone.</summary>
    public Objectives.TokenLossOptions Loss { get; init; } = Objectives.TokenLossOptions.Plain;

    /// <summary>The loss of a classifier, in place of that of tokens; null for tokens.</summary>
    public Objectives.LabelLossOptions? Labels { get; init; }

    /// <summary>The loss of pairs of answers, in place of that of tokens; null for tokens.</summary>
    public Objectives.PreferenceLossOptions? Preference { get; init; }

    /// <summary>A model whose predictions are learnt beside the targets; it stays the caller's. Null for the targets alone.</summary>
    public Objectives.Teacher? Teacher { get; init; }

    /// <summary>Tokens after the next one that are predicted in training, by heads that are no part of the model.</summary>
    public int FurtherTokens { get; init; }

    /// <summary>What is trained beside frozen weights; null to train them all.</summary>
    public AdapterOptions? Adapter { get; init; }

    /// <summary>Tokens of a row, on average, where rows are not full; of the decoder, or of an encoder alone.</summary>
    public double? TokensPerRow { get; init; }

    /// <summary>Moving average of the weights that evaluation and export take; null for the weights themselves.</summary>
    public WeightAverageOptions? Average { get; init; }

    /// <summary>Blocks are computed a second time in the backward pass instead of keeping what is inside them.</summary>
    public bool CheckpointsActivations { get; init; }

    /// <summary>Largest norm of all gradients together; larger ones are scaled down.</summary>
    public double GradientClip { get; init; } = 1.0;

    /// <summary>Where it is computed; the model has to be there.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>Element type of the computation; resolved before the run starts.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Steps between two validations.</summary>
    public required int EvaluateEvery { get; init; }

    /// <summary>Windows of the validation split read at each validation, from all over it; the last validation reads all.</summary>
    public int EvaluationWindows { get; init; } = UsualEvaluationWindows;

    /// <summary>Steps between two saved states.</summary>
    public required int SaveEvery { get; init; }

    /// <summary>What is done when training diverges.</summary>
    public DivergencePolicy Divergence { get; init; } = new();

    /// <summary>Which weights are kept as the best, and when to stop early; null: the last ones count, and the run goes to its end.</summary>
    public BestModelPolicy? Best { get; init; }

    /// <summary>Steps between two calls of <see cref="Sample"/>; null: none.</summary>
    public int? SampleEvery { get; init; }

    /// <summary>Looks at the model so far, after the step that it is told; it cannot change the course of the run but by changing the weights.</summary>
    public Action<Modules.TrainableModel, int>? Sample { get; init; }

    /// <summary>Probability of dropout, in training passes only; see docs/recipes.md.</summary>
    public double Dropout { get; init; }

    /// <summary>Decides what dropout drops, and where torch's random numbers start.</summary>
    public long Seed { get; init; }

    /// <summary>Threads of the computation. The order of summation, and so the last bits of a loss, may depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Tokens of one update.</summary>
    public long TokensPerStep => (long)Math.Max(1, BatchSize * (TokensPerRow ?? ContextLength));
}
