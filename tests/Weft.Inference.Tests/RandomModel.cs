using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>A small model with random weights, and a folder to load it from.</summary>
internal sealed class RandomModel
{
    private readonly Architecture _architecture;

    private RandomModel(Architecture architecture, ModelSpec spec, int seed)
    {
        _architecture = architecture;
        Spec = spec.Validate();
        var random = new Random(seed);
        Weights = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name, parameter => Draw(parameter, random));
    }

    /// <summary>Ids of models with a source.</summary>
    public const int DecoderStart = 1, EndOfText = 2;

    public ModelSpec Spec { get; }

    public Dictionary<string, float[]> Weights { get; }

    /// <summary>Sizes of a Llama; the defaults are no multiples of a vector's width.</summary>
    public sealed record LlamaSizes(int Hidden = 27, int Heads = 6, int KeyValueHeads = 3, int HeadSize = 10, int Inner = 45, int Vocabulary = 101)
    {
        public int Blocks { get; init; } = 2;

        public int Context { get; init; } = 300;

        public bool Bias { get; init; }

        public bool Tied { get; init; }
    }

    public static RandomModel Llama(LlamaSizes sizes, int seed = 1)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        var block = new BlockSpec(norm,
            new(sizes.Heads, sizes.KeyValueHeads, sizes.HeadSize, new PositionSpec.Rotary(10_000), sizes.Bias ? AttentionBias.All : AttentionBias.None), norm,
            new FeedForwardSpec.Gated(sizes.Inner, Activation.Silu, sizes.Bias));
        return new(new Llama(), new ModelSpec
        {
            Embedding = new(sizes.Vocabulary, sizes.Hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(sizes.Blocks, block, norm),
            Head = new HeadSpec.LanguageModel(sizes.Tied),
            ContextLength = sizes.Context,
        }, seed);
    }

    public static RandomModel Gpt2(int heads, int headSize, int inner, Activation activation, bool tied, int seed = 1)
    {
        var norm = new NormSpec.LayerNorm(1e-5, Bias: true);
        var block = new BlockSpec(norm, new(heads, heads, headSize, new PositionSpec.None(), AttentionBias.All), norm,
            new FeedForwardSpec.Dense(inner, activation, Bias: true));
        return new(new Gpt2(), new ModelSpec
        {
            Embedding = new(67, heads * headSize, new PositionSpec.Learned(300)),
            Decoder = StackSpec.Uniform(2, block, norm),
            Head = new HeadSpec.LanguageModel(tied),
            ContextLength = 300,
        }, seed);
    }

    /// <summary>Any specification, under Weft's own names.</summary>
    public static RandomModel Of(ModelSpec spec, int seed = 1) => new(new WeftArchitecture(), spec, seed);

    public int[] Ids(int count, int seed = 7)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Spec.VocabularySize))];
    }

    public void Save(string folder) => HuggingFaceExport.Save(folder, _architecture, Spec, parameter => Weights[parameter.Name],
        Spec.HasSource ? new() { DecoderStartId = DecoderStart, EndOfTextId = EndOfText } : new());

    public Transformer Load(int threads = 2)
    {
        // The mapping outlives the file's name; where the system holds on to mapped files, the folder stays behind.
        using var folder = new TemporaryFolder();
        Save(folder.FullName);
        return Transformer.Load(HuggingFaceModel.Open(folder.FullName), new() { Threads = threads });
    }

    private static float[] Draw(ParameterSpec parameter, Random random)
    {
        bool gain = parameter.Part == "norm" && parameter.Name.EndsWith(".weight", StringComparison.Ordinal);
        double scale = parameter.Shape.Length == 2 && parameter.Part != "embedding" ? 1.5 / Math.Sqrt(parameter.Shape[1]) : 0.5;
        return [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (float)((gain ? 1 : 0) + (scale * ((2 * random.NextDouble()) - 1))))];
    }
}
