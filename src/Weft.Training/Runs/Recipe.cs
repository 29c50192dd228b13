using System.Text.Json.Serialization;

namespace Weft.Training.Runs;

/// <summary>
/// A training run as a document: what <c>weft train RECIPE.yaml</c> reads and what every run writes back with all derived values filled in.
/// A value that is left out is derived; docs/recipes.md says how.
/// </summary>
public sealed record Recipe
{
    /// <summary>Name of the run's folder.</summary>
    public string Name { get; init; } = "run";

    /// <summary>Seed of the initial weights, of the order of the data, and of what dropout drops.</summary>
    public long Seed { get; init; } = 1337;

    /// <summary>Threads of the computation; by default one for each processor.</summary>
    public int? Threads { get; init; }

    /// <summary>What is learnt.</summary>
    public TextRecipe Text { get; init; } = new();

    /// <summary>Token shards to learn from instead of text, each with its share.</summary>
    public IReadOnlyList<MixtureSource> Data { get; init; } = [];

    /// <summary>Token shards that are held out; needed with <see cref="Data"/>.</summary>
    public HeldOutRecipe? HeldOut { get; init; }

    /// <summary>Labelled rows to learn from instead of text.</summary>
    public TaskRecipe? Task { get; init; }

    /// <summary>How text becomes ids.</summary>
    public TokenizerRecipe Tokenizer { get; init; } = new();

    /// <summary>What is trained.</summary>
    public ModelRecipe Model { get; init; } = new();

    /// <summary>How it is trained.</summary>
    public TrainingRecipe Training { get; init; } = new();

    /// <summary>The same for other files: those of the task, where there is one, else those of the text.</summary>
    public Recipe WithFiles(IReadOnlyList<string> files) =>
        Task is null ? this with { Text = Text with { Paths = files } } : this with { Task = Task with { Files = files } };
}

/// <summary>Sources and splits of the text.</summary>
public sealed record TextRecipe
{
    /// <summary>Files, folders and globs; none means the API documentation of the running .NET SDK.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>How documents are held out.</summary>
    public SplitKind Split { get; init; } = SplitKind.Hash;

    /// <summary>Share of the validation split.</summary>
    public double Validation { get; init; } = 0.02;

    /// <summary>Share of the test split.</summary>
    public double Test { get; init; } = 0.02;

    /// <summary>Two texts whose lines correspond, in place of <see cref="Paths"/>.</summary>
    public PairsRecipe? Pairs { get; init; }

    /// <summary>The files of <see cref="Paths"/> are tables, and this is what is read of them.</summary>
    public ColumnsRecipe? Columns { get; init; }

    /// <summary>There is a source and a target.</summary>
    internal bool HasPairs => Pairs is not null || Columns?.Source is not null;
}

/// <summary>How text is held out for validation and test.</summary>
public enum SplitKind
{
    /// <summary>Each document by a hash of its text; exact duplicates are dropped.</summary>
    Hash,

    /// <summary>The end of the text as it stands, as nanoGPT does: first training, then validation, then test.</summary>
    Tail,
}

/// <summary>How text becomes ids.</summary>
public sealed record TokenizerRecipe
{
    /// <summary>A tokenizer to use as it is, a tokenizer.json or a model's folder; none is trained then.</summary>
    public string? File { get; init; }

    /// <summary>Kind of tokenizer to train.</summary>
    public TokenizerKind Kind { get; init; } = TokenizerKind.ByteBpe;

    /// <summary>Entries of a byte-level BPE or a WordPiece, special tokens included.</summary>
    public int Vocabulary { get; init; } = 4096;
}

/// <summary>Tokenizers that a run can train.</summary>
public enum TokenizerKind
{
    /// <summary>Byte-level byte-pair encoding.</summary>
    ByteBpe,

    /// <summary>One id for each character.</summary>
    Characters,

    /// <summary>Whole words and parts of words in small letters, as BERT's (bert only).</summary>
    Wordpiece,
}

/// <summary>Shape of the model; a size sets all of it, single values override it.</summary>
public sealed record ModelRecipe
{
    /// <summary>Family under which the model is built and exported: llama, gpt2, bert, marian, bart or t5.</summary>
    public string Architecture { get; init; } = "llama";

    /// <summary>Sets layers, width, heads, rate and batch together.</summary>
    public ModelSize Size { get; init; } = ModelSize.Tiny;

    /// <summary>Blocks, of an encoder and of a decoder each.</summary>
    public int? Layers { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public int? Width { get; init; }

    /// <summary>Query heads.</summary>
    public int? Heads { get; init; }

    /// <summary>Key-value heads (llama only).</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Width inside the feed-forward part.</summary>
    public int? Inner { get; init; }

    /// <summary>Longest sequence, in tokens.</summary>
    public int Context { get; init; } = 256;
}

/// <summary>One dial for the whole model and its training.</summary>
public enum ModelSize
{
    /// <summary>About 1 M parameters: seconds to a first sentence.</summary>
    Nano,

    /// <summary>About 4 M parameters: the default, made for minutes on two cores.</summary>
    Tiny,

    /// <summary>About 15 M parameters: an hour or more.</summary>
    Small,
}

/// <summary>How the model is trained.</summary>
public sealed partial record TrainingRecipe
{
    /// <summary>What is learnt to do with the text.</summary>
    public ObjectiveRecipe Objective { get; init; } = new();

    /// <summary>Updates; where left out, as many as fit into <see cref="Minutes"/>.</summary>
    public int? Steps { get; init; }

    /// <summary>Time for the whole run, from text to evaluation.</summary>
    public double? Minutes { get; init; }

    /// <summary>Windows of an update.</summary>
    public int? Batch { get; init; }

    /// <summary>Windows computed at a time; less needs less memory and gives the same gradients up to rounding.</summary>
    public int? WindowsPerPass { get; init; }

    /// <summary>How windows are drawn.</summary>
    public SamplingKind Sampling { get; init; } = SamplingKind.Shuffled;

    /// <summary>Highest learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Learning rate of the last step.</summary>
    public double? FinalLearningRate { get; init; }

    /// <summary>Steps of the linear warm-up.</summary>
    public int? Warmup { get; init; }

    /// <summary>Course of the learning rate.</summary>
    public ScheduleRecipe Schedule { get; init; } = new();

    /// <summary>Which optimizer, and what is its own.</summary>
    public OptimizerRecipe Optimizer { get; init; } = new();

    /// <summary>Decay of the first moment.</summary>
    public double? Beta1 { get; init; }

    /// <summary>Decay of the second moment.</summary>
    public double? Beta2 { get; init; }

    /// <summary>Weight decay of matrices.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Moving average of the weights, which is then what is judged and exported; none where left out.</summary>
    public AverageRecipe? Average { get; init; }

    /// <summary>Blocks are computed a second time in the backward pass, for less memory.</summary>
    public bool CheckpointActivations { get; init; }

    /// <summary>
    /// Probability of dropout: of embedded tokens, and of what attention and the feed-forward part add to the residual line, in training alone.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // Checkpoints from before there was the key belong to the same run.
    public double Dropout { get; init; }

    /// <summary>Largest gradient norm.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Element type of the computation.</summary>
    public Precision Precision { get; init; } = Precision.Automatic;

    /// <summary>Steps between validations.</summary>
    public int? EvaluateEvery { get; init; }

    /// <summary>Steps between saved states.</summary>
    public int? SaveEvery { get; init; }
}

/// <summary>How windows are drawn from the packed training text.</summary>
public enum SamplingKind
{
    /// <summary>Every window once an epoch, in a seeded order.</summary>
    Shuffled,

    /// <summary>Uniformly random starts with replacement, as nanoGPT does.</summary>
    Random,
}
