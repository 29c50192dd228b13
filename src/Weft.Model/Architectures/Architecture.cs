using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// One family of published models: how its config becomes a <see cref="ModelSpec"/> and back, and what its weights are called.
/// Adding a family is one subclass and its line in <see cref="ArchitectureCatalogue"/>.
/// </summary>
public abstract class Architecture
{
    /// <summary><c>model_type</c> of a Hugging Face config.</summary>
    public abstract string ModelType { get; }

    /// <summary>What the names of the family's classes begin with, such as <c>Llama</c>.</summary>
    public abstract string ClassPrefix { get; }

    /// <summary>Entry of <c>architectures</c> in a Hugging Face config.</summary>
    public virtual string ClassName(HeadSpec head) => ClassPrefix + head switch
    {
        HeadSpec.LanguageModel => LanguageModelSuffix,
        HeadSpec.MaskedLanguageModel => "ForMaskedLM",
        HeadSpec.SequenceClassification => "ForSequenceClassification",
        HeadSpec.TokenClassification => "ForTokenClassification",
        HeadSpec.Spans => "ForQuestionAnswering",
        HeadSpec.PooledEmbedding => "Model",
        _ => throw new NotSupportedException($"head {head.GetType().Name} has no class in Hugging Face Transformers"),
    };

    /// <summary>What the name of the class with a language model's head ends with.</summary>
    protected virtual string LanguageModelSuffix => "ForCausalLM";

    /// <summary>Prefix that checkpoints of the headless model leave out, such as <c>model.</c></summary>
    public abstract string BasePrefix { get; }

    /// <summary>The head that guesses masked tokens, as the family has it, for a model that has another one; null where it has none.</summary>
    /// <param name="spec">An encoder alone.</param>
    public virtual HeadSpec? MaskedHead(ModelSpec spec) => null;

    /// <summary>The head that labels whole sequences, as the family has it; null where it has none.</summary>
    /// <param name="spec">A model of the family, whatever its head.</param>
    /// <param name="labels">How many.</param>
    public virtual HeadSpec? ClassifierHead(ModelSpec spec, int labels) =>
        spec is { Encoder: null } ? new HeadSpec.SequenceClassification(labels, Pooling.Last, Bias: false) : null;

    /// <summary>The head that points at the first and the last token of an answer; null where the family has none.</summary>
    /// <param name="spec">A model of the family, whatever its head.</param>
    public virtual HeadSpec? SpanHead(ModelSpec spec) => null;

    /// <summary>The head that labels each token; null where the family has none.</summary>
    /// <param name="spec">A model of the family, whatever its head.</param>
    /// <param name="labels">How many.</param>
    public virtual HeadSpec? TokenHead(ModelSpec spec, int labels) => null;

    /// <summary>How llama.cpp keeps this family in a GGUF file; null where it does not know it.</summary>
    public virtual GgufLayout? Gguf => null;

    /// <summary>Reads a config.</summary>
    /// <exception cref="Checkpoints.CheckpointException">A key is missing, has an impossible value, or asks for something unknown.</exception>
    public abstract ModelSpec ReadConfig(ConfigReader config);

    /// <summary>Writes the keys of a config that describe <paramref name="spec"/>.</summary>
    /// <exception cref="NotSupportedException">This family cannot express the specification; the message says which part.</exception>
    public abstract void WriteConfig(ModelSpec spec, JsonObject config);

    /// <summary>The family can express <paramref name="spec"/>.</summary>
    internal bool CanExpress(ModelSpec spec)
    {
        try
        {
            WriteConfig(spec, []);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Where a parameter of Weft's naming lies in a checkpoint of this family.</summary>
    /// <exception cref="NotSupportedException">This family has no such parameter.</exception>
    public abstract WeightLocation Locate(ModelSpec spec, ParameterSpec parameter);

    /// <summary>The config says how hidden states become one vector; else the files of sentence-transformers beside it do.</summary>
    public virtual bool ConfigHasPooling => false;

    /// <summary>Other names under which some checkpoints of the family keep a tensor that <see cref="Locate"/> names.</summary>
    public virtual IEnumerable<string> OtherNames(string tensor) => [];

    /// <summary>
    /// A tensor that checkpoints of the family may hold beside the parameters: a buffer that nobody trained, or one that
    /// <paramref name="spec"/>'s head does not read. Every other one is refused, since the config does not describe it.
    /// </summary>
    /// <param name="spec">The model.</param>
    /// <param name="tensor">Its name in the checkpoint, with <see cref="BasePrefix"/> or without.</param>
    public virtual bool IsIgnorable(ModelSpec spec, string tensor) => IgnorableEndings.Any(ending => tensor.EndsWith(ending, StringComparison.Ordinal))
        || (tensor == LanguageModelTensor && spec.Head is not HeadSpec.LanguageModel { TiedEmbedding: false });

    /// <summary>What the names of buffers end with that one version of Transformers or another stored.</summary>
    protected virtual IReadOnlyList<string> IgnorableEndings => ["rotary_emb.inv_freq", "position_ids", ".masked_bias"];

    /// <summary>Refuses a specification that this family cannot express.</summary>
    protected void Require(bool expressible, string part)
    {
        if (!expressible)
            throw new NotSupportedException($"model_type '{ModelType}' cannot express {part}; choose another architecture for the export");
    }

    /// <summary>The one block that all blocks of <paramref name="stack"/> equal.</summary>
    protected BlockSpec UniformBlock(StackSpec stack)
    {
        BlockSpec first = stack.Blocks[0];
        Require(stack.Blocks.All(block => block == first), "blocks that differ from each other");
        return first;
    }

    /// <summary>The decoder of a model that has nothing else but an embedding and a head of <see cref="HeadConfig.ReadOfDecoder"/>.</summary>
    protected StackSpec DecoderOnly(ModelSpec spec)
    {
        Require(spec.Encoder is null && spec.Decoder is not null, "an encoder");
        Require(spec.Embedding is { Scale: 1, Norm: null, TokenTypes: 0 }, "a scaled or normalised embedding, or token types");
        Require(HeadConfig.IsOfDecoder(spec.Head), "a head other than a plain language model's, an unbiased classifier of the last token, or that token's vector");
        return spec.Decoder!;
    }

    /// <summary>Refuses what only few families have.</summary>
    protected void RequirePlain(BlockSpec block)
    {
        Require(block is { Placement: NormPlacement.Pre, CrossAttention: null, ResidualScale: 1 }, "norms elsewhere than before each part, cross attention, or a scaled residual line");
        Require(block.Attention is { Mask: AttentionMask.Causal, Sinks: AttentionSinks.None, QueryKeyNorm: null, SoftCap: null, Scale: null },
            "attention with a window or chunks, sinks, norms of queries and keys, a soft cap, or a scale of its own");
    }

    /// <summary>The projection to the vocabulary.</summary>
    protected virtual string LanguageModelTensor => "lm_head.weight";

    /// <summary>The projection of a decoder's head, be it to the vocabulary or to labels.</summary>
    protected string HeadTensor(ModelSpec spec) => spec.Head is HeadSpec.SequenceClassification ? "score.weight" : LanguageModelTensor;

    /// <summary>Splits <c>blocks.N.attention.query.weight</c> into N, <c>attention.query</c> and <c>weight</c>; null for names outside the blocks.</summary>
    protected internal static (int Index, string Part, string Suffix)? SplitBlockName(string name)
    {
        int dot = name.LastIndexOf('.');
        return name[..Math.Max(0, dot)].Split('.', 3) is ["blocks", var index, var part]
            ? (int.Parse(index, System.Globalization.CultureInfo.InvariantCulture), part, name[(dot + 1)..])
            : null;
    }

    /// <summary>The refusal of <see cref="Locate"/>.</summary>
    protected NotSupportedException NoTensor(ParameterSpec parameter) => new($"model_type '{ModelType}' has no tensor for '{parameter.Name}'");
}

/// <summary>Where one of Weft's parameters lies in a checkpoint tensor.</summary>
/// <param name="Name">Tensor in the checkpoint.</param>
/// <param name="Transposed">The checkpoint stores [input, output].</param>
/// <param name="RowOffset">First row (after undoing the transposition) where several projections share a tensor.</param>
/// <param name="TotalRows">Rows of the shared tensor; 0 where the parameter has a tensor of its own.</param>
public readonly record struct WeightLocation(string Name, bool Transposed = false, long RowOffset = 0, long TotalRows = 0)
{
    /// <summary>
    /// Rows that lie together where the projections of each head alternate, as in GPT-NeoX and BLOOM: every so many rows, as many others
    /// follow as <see cref="RowStride"/> leaves. 0 where all rows lie together.
    /// </summary>
    public long GroupRows { get; init; }

    /// <summary>Rows from the beginning of one group to that of the next.</summary>
    public long RowStride { get; init; }

    /// <summary>
    /// Heads whose rows the checkpoint keeps with rotary pairs side by side (0, 1), (2, 3) …, where the specification has halves against each other
    /// (0, S/2), (1, S/2 + 1) …; 0 where both have the same order.
    /// </summary>
    public int InterleavedHeads { get; init; }

    /// <summary>A vector is stored as a matrix of one row, as the logits' bias of BART and its heirs.</summary>
    public bool IsRow { get; init; }

    /// <summary>
    /// Matrices of one shape that lie one behind the other in a tensor of three dimensions; <see cref="TotalRows"/> counts the rows of all. 0 in
    /// tensors of fewer dimensions.
    /// </summary>
    public int Stacked { get; init; }

    /// <summary>The checkpoint has each number with one added, as llama.cpp keeps Gemma's gains.</summary>
    public bool AddsOne { get; init; }

    /// <summary>The parameter's elements lie in the checkpoint exactly as Weft wants them.</summary>
    public bool IsPlain => !IsRow && !Transposed && TotalRows == 0 && InterleavedHeads == 0 && !AddsOne;

    /// <summary>Rows that lie in the checkpoint as they do in a parameter of <paramref name="rows"/> rows, one after another.</summary>
    internal long RowsTogether(long rows) => InterleavedHeads > 0 ? 1 : GroupRows > 0 ? GroupRows : rows;

    /// <summary>The row of the checkpoint that is row <paramref name="row"/> of the parameter's <paramref name="rows"/>.</summary>
    internal long StoredRow(long row, long rows)
    {
        if (GroupRows > 0)
            return RowOffset + (row / GroupRows * RowStride) + (row % GroupRows);
        if (InterleavedHeads == 0)
            return RowOffset + row;
        long size = rows / InterleavedHeads;
        (long head, long within) = long.DivRem(row, size);
        return RowOffset + (head * size) + (2 * (within % (size / 2))) + (within / (size / 2));
    }
}
