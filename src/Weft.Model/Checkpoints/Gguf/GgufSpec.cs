using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>A specification as keys of a GGUF file and back, alike for all families (llama.cpp, <c>src/llama-arch.cpp</c>).</summary>
internal static class GgufSpec
{
    private const string Context = "context_length", Width = "embedding_length", Blocks = "block_count", Inner = "feed_forward_length",
        Heads = "attention.head_count", KeyValueHeads = "attention.head_count_kv", KeyLength = "attention.key_length", ValueLength = "attention.value_length",
        RmsEpsilon = "attention.layer_norm_rms_epsilon", Epsilon = "attention.layer_norm_epsilon", Parallel = "use_parallel_residual",
        Experts = "expert_count", Chosen = "expert_used_count", ExpertInner = "expert_feed_forward_length";

    private const string PositionTable = "position_embd.weight";

    /// <summary>Keys that say nothing about what is computed, or only that something usual is.</summary>
    private static readonly string[] Silent = ["vocab_size", "rope.scaling.finetuned", "tensor_data_layout", GgufRotary.OriginalContext];

    /// <exception cref="CheckpointException">A key is missing, has an impossible value, or asks for something unknown.</exception>
    /// <exception cref="InvalidDataException">A key has the wrong type.</exception>
    public static ModelSpec Read(GgufLayout layout, GgufFacts facts)
    {
        int layers = facts.Integer(Blocks);
        // A block has a tensor at least, and what the file cannot hold is not listed.
        facts.Check(layers > 0 && layers <= facts.TensorCount, Blocks, $"it must be at least 1 and at most the {facts.TensorCount} tensors of the file");
        int hidden = facts.Integer(Width), context = facts.Integer(Context);
        NormSpec norm = facts.Has(RmsEpsilon)
            ? new NormSpec.RmsNorm(facts.Number(RmsEpsilon, 0), UnitOffset: layout.Gemma is not null)
            : new NormSpec.LayerNorm(facts.Number(Epsilon, 1e-5), facts.HasTensor("output_norm.bias"));
        bool tied = !facts.HasTensor("output.weight");
        if (layout.Tied is { } must && must != tied)
            throw new CheckpointException(facts.File, $"tensor 'output.weight' is {(tied ? "missing" : "there")}, other than in models of architecture '{layout.Name}'; give the model's Hugging Face folder");
        var block = new BlockSpec(norm, ReadAttention(layout, facts, hidden, context), norm, ReadFeedForward(layout, facts))
        {
            Placement = layout.MayBeParallel && facts.Flag(Parallel, true) ? NormPlacement.Parallel : NormPlacement.Pre,
        };
        block = block with { Attention = block.Attention with { QueryKeyNorm = facts.HasTensor("blk.0.attn_q_norm.weight") ? norm : null } };
        var spec = new ModelSpec
        {
            Embedding = new(Rows(facts, "token_embd.weight"), hidden,
                facts.HasTensor(PositionTable) ? new PositionSpec.Learned(Rows(facts, PositionTable)) : new PositionSpec.None())
            {
                Norm = facts.HasTensor("token_embd_norm.weight") ? norm : null,
            },
            Decoder = StackSpec.Uniform(layers, block, norm),
            Head = new HeadSpec.LanguageModel(tied),
            ContextLength = context,
        };
        if (layout.Gemma is { } gemma)
            spec = GgufGemmaKeys.Read(gemma, facts, spec);
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
        if (block.FeedForward is FeedForwardSpec.MixtureOfExperts mixture)
        {
            Add(Experts, (uint)mixture.Router.Experts);
            Add(Chosen, (uint)mixture.Router.Chosen);
            if (layout.HasExperts == true)
                Add(ExpertInner, (uint)mixture.InnerSize);
        }
        if (layout.MayBeParallel)
            Add(Parallel, block.Placement == NormPlacement.Parallel);
        Add(Heads, (uint)attention.Heads);
        Add(KeyValueHeads, (uint)attention.KeyValueHeads);
        Add(block.AttentionNorm is NormSpec.RmsNorm ? RmsEpsilon : Epsilon, (float)block.AttentionNorm.Epsilon);
        if (attention.QuerySize != spec.HiddenSize)
        {
            Add(KeyLength, (uint)attention.HeadSize);
            Add(ValueLength, (uint)attention.HeadSize);
        }
        if (layout.Gemma is { } gemma)
            GgufGemmaKeys.Write(gemma, spec, Add);
        // Where blocks with a window have positions of their own, the keys are about the others.
        AttentionSpec main = spec.Stack.Blocks.Select(other => other.Attention).FirstOrDefault(other => other.Mask is AttentionMask.Causal) ?? attention;
        if (main.Position is PositionSpec.Rotary rotary)
            GgufRotary.Write(rotary, main.HeadSize, Add);
        return keys;
    }

    private static int Rows(GgufFacts facts, string tensor) => facts.Shape(tensor) is [<= int.MaxValue and var rows, _]
        ? (int)rows
        : throw new CheckpointException(facts.File, $"tensor '{tensor}' is missing or no table; give the file of a whole model");

    private static AttentionSpec ReadAttention(GgufLayout layout, GgufFacts facts, int hidden, int context)
    {
        int heads = facts.Integer(Heads), keyValueHeads = facts.Integer(KeyValueHeads, heads);
        facts.Check(heads > 0, Heads, "it must be at least 1");
        facts.Check(facts.Has(KeyLength) || hidden % heads == 0, Heads, $"it does not divide {Width} {hidden}");
        int size = facts.Integer(KeyLength, hidden / heads);
        facts.Check(facts.Integer(ValueLength, size) == size, ValueLength, $"values of another length than keys ({size}) are not supported");
        facts.Check(!layout.FillsWidth || (long)heads * size == hidden, KeyLength, $"in this family the {heads} heads add up to {Width} {hidden}");
        bool input = facts.HasTensor(layout.JoinsAttention ? "blk.0.attn_qkv.bias" : "blk.0.attn_q.bias"), output = facts.HasTensor("blk.0.attn_output.bias");
        AttentionBias bias = input ? output ? AttentionBias.All : AttentionBias.QueryKeyValue : AttentionBias.None;
        if (layout.Bias is { } must && must != bias)
            throw new CheckpointException(facts.File, $"the tensors of attention have the biases '{bias}', but models of architecture '{layout.Name}' '{must}'; give the model's Hugging Face folder");
        return new(heads, keyValueHeads, size, layout.Position ?? GgufRotary.Read(layout, facts, size, context), bias)
        {
            Mask = layout.HasIdleWindow ? Windows.Mask(facts.Integer(GgufGemmaKeys.Window, 0) is > 0 and var window ? window : null, context) : new AttentionMask.Causal(),
        };
    }

    private static FeedForwardSpec ReadFeedForward(GgufLayout layout, GgufFacts facts)
    {
        int experts = facts.Integer(Experts, 0), chosen = facts.Integer(Chosen, 0), inner = facts.Integer(Inner);
        facts.Check(layout.HasExperts is not { } must || must == experts > 0, Experts, layout.HasExperts == true ? "the family has experts" : "experts of this family are not read from GGUF files");
        facts.Check(experts > 0 == chosen > 0, Chosen, $"{Experts} is {experts}; where there are experts, each token gets at least one");
        if (experts > 0)
            return new FeedForwardSpec.MixtureOfExperts(layout.HasExperts == true ? facts.Integer(ExpertInner) : inner, layout.Activation, Bias: false,
                new RouterSpec.SoftmaxAfterChoice(experts, chosen));
        bool bias = facts.HasTensor("blk.0.ffn_up.bias");
        return layout.JoinsGate || facts.HasTensor("blk.0.ffn_gate.weight")
            ? new FeedForwardSpec.Gated(inner, layout.Activation, bias)
            : new FeedForwardSpec.Dense(inner, layout.Activation, bias);
    }
}
