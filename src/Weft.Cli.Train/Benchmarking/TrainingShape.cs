using Weft.Model.Spec;
using Weft.Training;
using Weft.Training.Runs;

namespace Weft.Cli.Train.Benchmarking;

/// <summary>The GPT-2 that is trained to measure, the character model of nanoGPT with another vocabulary.</summary>
/// <param name="Vocabulary">Entries.</param>
/// <param name="Threads">Threads of the computation.</param>
internal sealed record TrainingShape(int Vocabulary, int Threads)
{
    /// <summary>Blocks, their width and heads, and the tokens of a window.</summary>
    public const int Layers = 6, Width = 384, Heads = 6, Context = 256;

    /// <summary>Windows of a step.</summary>
    public const int Batch = 12;

    /// <summary>Tokens of a step.</summary>
    public const long TokensPerStep = Batch * Context;

    /// <summary>The matrices of a step by which each of <see cref="TokensPerStep"/> rows is multiplied, and how often there is one like it.</summary>
    public IEnumerable<(int Outputs, int Inputs, int Count)> Products =>
    [
        (3 * Width, Width, Layers), (Width, Width, Layers), (4 * Width, Width, Layers), (Width, 4 * Width, Layers), (Vocabulary, Width, 1),
    ];

    /// <summary>Multiplications and additions of one token's matrix products, forward and both gradients; attention is left out.</summary>
    public double OperationsPerToken => Products.Sum(product => 3 * 2.0 * product.Outputs * product.Inputs * product.Count);

    public ModelSpec Spec => Derivation.ToSpec(
        new ModelRecipe { Architecture = "gpt2", Layers = Layers, Width = Width, Heads = Heads, KeyValueHeads = Heads, Inner = 4 * Width, Context = Context }, Vocabulary);

    public TrainingPlan Plan => new()
    {
        Steps = 1,
        BatchSize = Batch,
        WindowsPerPass = PassSize.Windows(Batch, Context, (Layers * Width, Vocabulary)),
        ContextLength = Context,
        Schedule = new WarmupCosine(1e-3, 1e-4, 0, 1),
        Precision = Precision.Automatic,
        EvaluateEvery = 1,
        SaveEvery = 1,
        Threads = Threads,
    };
}
