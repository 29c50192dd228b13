using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>A specification as keys of a GGUF file and back, alike for all families (llama.cpp, <c>src/llama-arch.cpp</c>).</summary>
internal static class GgufSpec
{
    private const string Context = "context_length", Width = "embedding_length", Blocks = "block_count", Inner = "feed_forward_length",
        Heads = "attention.head_count", KeyValueHeads = "attention.head_count_kv", KeyLength = "attention.key_length", ValueLength = "attention.value_length",
        RmsEpsilon = "attention.layer_norm_rms_epsilon", Epsilon = "attention.layer_norm_epsilon",
        Rotated = "rope.dimension_count", Theta = "rope.freq_base", Scaling = "rope.scaling.type", Factor = "rope.scaling.factor",
        OriginalContext = "rope.scaling.original_context_length";

    private const string PositionTable = "position_embd.weight";

    /// <summary>The turns between which YaRN's ramp lies where no key says otherwise.</summary>
    private const double BetaFast = 32, BetaSlow = 1;

    /// <summary>Keys that say nothing about what is computed, or only that something usual is.</summary>
    private static readonly string[] Silent = ["vocab_size", "rope.scaling.finetuned", "tensor_data_layout"];

    /// <summary>Counts of what Weft would need to know; 0 says that there is none.</summary>
    private static readonly string[] MustBeZero = ["expert_count", "expert_used_count"];

    /// <exception cref="CheckpointException">A key is missing, has an impossible value, or asks for something unknown.</exception>
    /// <exception cref="InvalidDataException">A key has the wrong type.</exception>
    public static ModelSpec Read(GgufLayout layout, GgufFacts facts)
    {
        int layers = facts.Integer(Blocks);
        // A block has a tensor at least, and what the file cannot hold is not listed.
        facts.Check(layers > 0 && layers <= facts.TensorCount, Blocks, $"it must be at least 1 and at most the {facts.TensorCount} tensors of the file");
        int hidden = facts.Integer(Width), context = facts.Integer(Context);
        NormSpec norm = facts.Has(RmsEpsilon)
            ? new NormSpec.RmsNorm(facts.Number(RmsEpsilon, 0))
            : new NormSpec.LayerNorm(facts.Number(Epsilon, 1e-5), facts.HasTensor("output_norm.bias"));
        bool bias = facts.HasTensor("blk.0.ffn_up.bias");
        FeedForwardSpec feedForward = facts.HasTensor("blk.0.ffn_gate.weight")
            ? new FeedForwardSpec.Gated(facts.Integer(Inner), layout.Activation, bias)
            : new FeedForwardSpec.Dense(facts.Integer(Inner), layout.Activation, bias);
        var spec = new ModelSpec
        {
            Embedding = new(Rows(facts, "token_embd.weight"), hidden,
                facts.HasTensor(PositionTable) ? new PositionSpec.Learned(Rows(facts, PositionTable)) : new PositionSpec.None()),
            Decoder = StackSpec.Uniform(layers, new(norm, ReadAttention(layout, facts, hidden), norm, feedForward), norm),
            Head = new HeadSpec.LanguageModel(!facts.HasTensor("output.weight")),
            ContextLength = context,
        };
        foreach (string key in MustBeZero)
            facts.Check(facts.Integer(key, 0) == 0, key, "experts are not read from GGUF files");
        foreach (string key in Silent)
            facts.Has(key);
        return facts.UnknownKeys.FirstOrDefault() is { } unknown
            ? throw new CheckpointException(facts.File, $"key '{unknown}' is unknown here, so that the model would be computed wrongly; give its Hugging Face folder")
            : spec;
    }

    /// <summary>The keys that describe a specification. What they cannot say is found by reading them again.</summary>
    public static OrderedDictionary<string, object> Write(GgufLayout layout, ModelSpec spec)
    {
        BlockSpec block = spec.Stack.Blocks[0];
        AttentionSpec attention = block.Attention;
        OrderedDictionary<string, object> keys = [];
        void Add(string key, object value) => keys.Add($"{layout.Name}.{key}", value);
        Add("vocab_size", (uint)spec.VocabularySize);
        Add(Context, (uint)spec.ContextLength);
        Add(Width, (uint)spec.HiddenSize);
        Add(Blocks, (uint)spec.Stack.Blocks.Length);
        Add(Inner, (uint)block.FeedForward.InnerSize);
        Add(Heads, (uint)attention.Heads);
        Add(KeyValueHeads, (uint)attention.KeyValueHeads);
        Add(block.AttentionNorm is NormSpec.RmsNorm ? RmsEpsilon : Epsilon, (float)block.AttentionNorm.Epsilon);
        if (attention.QuerySize != spec.HiddenSize)
        {
            Add(KeyLength, (uint)attention.HeadSize);
            Add(ValueLength, (uint)attention.HeadSize);
        }
        if (attention.Position is not PositionSpec.Rotary rotary)
            return keys;
        Add(Rotated, (uint)attention.HeadSize);
        Add(Theta, (float)rotary.Theta);
        if (rotary.Scaling is RotaryScaling.Linear linear)
        {
            Add(Scaling, "linear");
            Add(Factor, (float)linear.Factor);
        }
        else if (rotary.Scaling is RotaryScaling.Yarn yarn)
        {
            Add(Scaling, "yarn");
            Add(Factor, (float)yarn.Factor);
            Add(OriginalContext, (uint)yarn.OriginalContext);
        }
        return keys;
    }

    private static int Rows(GgufFacts facts, string tensor) => facts.Shape(tensor) is [<= int.MaxValue and var rows, _]
        ? (int)rows
        : throw new CheckpointException(facts.File, $"tensor '{tensor}' is missing or no table; give the file of a whole model");

    private static AttentionSpec ReadAttention(GgufLayout layout, GgufFacts facts, int hidden)
    {
        int heads = facts.Integer(Heads), keyValueHeads = facts.Integer(KeyValueHeads, heads);
        facts.Check(heads > 0, Heads, "it must be at least 1");
        facts.Check(facts.Has(KeyLength) || hidden % heads == 0, Heads, $"it does not divide {Width} {hidden}");
        int size = facts.Integer(KeyLength, hidden / heads);
        facts.Check(facts.Integer(ValueLength, size) == size, ValueLength, $"values of another length than keys ({size}) are not supported");
        bool input = facts.HasTensor(layout.JoinsAttention ? "blk.0.attn_qkv.bias" : "blk.0.attn_q.bias"), output = facts.HasTensor("blk.0.attn_output.bias");
        return new(heads, keyValueHeads, size, layout.IsRotary ? ReadRotary(facts, size) : new PositionSpec.None(),
            input ? output ? AttentionBias.All : AttentionBias.QueryKeyValue : AttentionBias.None);
    }

    private static PositionSpec.Rotary ReadRotary(GgufFacts facts, int headSize)
    {
        facts.Check(facts.Integer(Rotated, headSize) == headSize, Rotated, $"partly rotated heads are not supported; it must be the head size {headSize}");
        var rotary = new PositionSpec.Rotary(facts.Number(Theta, 10_000));
        double factor = facts.Number(Factor, 1);
        string kind = facts.Text(Scaling) ?? "none";
        if (facts.RotaryFactors is { } factors)
            return kind == "none" ? rotary with { Scaling = RotaryFactors.Recognise(facts.File, factors, rotary, headSize) }
                : throw facts.Refuse(Scaling, $"'{kind}'", $"the file has the tensor {RotaryFactors.Tensor} too, and both together are not supported");
        return rotary with
        {
            Scaling = kind switch
            {
                "none" => new RotaryScaling.None(),
                "linear" => factor == 1 ? new RotaryScaling.None() : new RotaryScaling.Linear(factor),
                "yarn" => new RotaryScaling.Yarn(factor, facts.Integer(OriginalContext), BetaFast, BetaSlow, RotaryConfig.Sharpening(factor), WholePairs: true),
                _ => throw facts.Refuse(Scaling, $"'{kind}'", "known are none, linear and yarn; give the model's Hugging Face folder"),
            },
        };
    }
}
