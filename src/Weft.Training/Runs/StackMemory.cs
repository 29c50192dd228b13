using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

// B rows of a pass, T tokens of a row, U tokens of a source, N tokens of a pass, D hidden, H heads.

/// <summary>Bytes of an encoder or a decoder in a pass.</summary>
internal sealed record StackMemory
{
    /// <summary>In their order.</summary>
    public required BlockMemory[] Blocks { get; init; }

    /// <summary>[N, D].</summary>
    public required TensorBytes Line { get; init; }

    /// <summary>What the embedding leaves: rows of tokens, what is added to them, and masks.</summary>
    public required TensorBytes Embedded { get; init; }

    /// <summary>What the norm after the last block keeps.</summary>
    public required TensorBytes Final { get; init; }

    /// <summary>What is there from the forward pass to the end of the pass.</summary>
    public TensorBytes States => Embedded + (Blocks.Length * Line);

    /// <summary>Of a stack in a pass.</summary>
    /// <param name="model">The model, and what is trained beside its frozen weights; null where these are trained.</param>
    /// <param name="stack">Its encoder or its decoder.</param>
    /// <param name="prefix">Of the stack's parameters.</param>
    /// <param name="pass">What it reads, and what an encoder beside it reads; null without one.</param>
    /// <param name="rows">What masks have to keep apart.</param>
    public static StackMemory Of((ModelSpec Spec, AdapterOptions? Adapter) model, StackSpec stack, string prefix, (PassShape Own, PassShape? Source) pass, LargestRows rows)
    {
        (ModelSpec spec, AdapterOptions? adapter) = model;
        ILookup<string, ParameterSpec> byBlock = StepMemory.Trained(spec, adapter).ToLookup(parameter => BlockOf(parameter.Name));
        var known = new Dictionary<BlockSpec, BlockMemory>();
        // Adapters may be beside the weights of some blocks and not of others that are alike.
        BlockMemory OfBlock(BlockSpec block, int i) => adapter is null && known.TryGetValue(block, out BlockMemory? memory) ? memory : known[block] = Compute(block, ModelParameters.Block(prefix, i));
        BlockMemory Compute(BlockSpec block, string name)
        {
            var memory = BlockMemory.Of(block, spec.HiddenSize, [.. byBlock[name]], pass.Own, pass.Source);
            return adapter is null ? memory : AdapterMemory.Of(memory, block, name, (spec, adapter), pass);
        }
        return new()
        {
            Blocks = [.. stack.Blocks.Select(OfBlock)],
            Line = pass.Own.States(spec.HiddenSize),
            Embedded = OfEmbedding(spec, pass.Own) + OfMasks(stack, pass.Own, pass.Source, rows),
            Final = stack.FinalNorm is { } norm ? BlockMemory.OfNorm(norm, spec.HiddenSize, pass.Own) : default,
        };
    }

    private static TensorBytes OfEmbedding(ModelSpec spec, PassShape pass)
    {
        EmbeddingSpec embedding = spec.Embedding;
        int wide = 1 + (embedding.Position is PositionSpec.None ? 0 : 1) + (embedding.Scale == 1 ? 0 : 1) + (embedding.Norm is null ? 0 : 1) + (embedding.TokenTypes > 0 ? 1 : 0);
        TensorBytes line = pass.States(spec.HiddenSize);
        // Dropout leaves a line beside the one that it reads.
        return pass.WideStates(spec.HiddenSize, wide) + (pass.IsNarrow ? line : default) + (pass.DropsOut ? line : default);
    }

    /// <summary>What is added to scores: one for blocks that are alike, and where it is trained its gradient.</summary>
    private static TensorBytes OfMasks(StackSpec stack, PassShape pass, PassShape? source, LargestRows rows)
    {
        TensorBytes bytes = default;
        foreach (AttentionSpec attention in stack.Blocks.Select(block => block.Attention).DistinctBy(one => (one.Mask, one.Position, one.Heads)))
        {
            bool apart = rows.IsPacked || (rows.IsPadded && attention.Mask is AttentionMask.Bidirectional), trained = attention.Position is PositionSpec.Buckets;
            long numbers = pass.Context * pass.Context * (apart ? pass.Windows : 1);
            bytes += TensorBytes.Of(numbers * PassShape.Wide, apart || trained || NeedsMask(attention, pass) ? 1 : 0);
            bytes += TensorBytes.Of(numbers * attention.Heads * PassShape.Wide, trained ? (pass.IsFrozen ? 1 : 2) : 0);
        }
        return bytes + TensorBytes.Of(source is { } from && (rows.IsPacked || rows.IsPadded) ? pass.Tokens * from.Context * PassShape.Wide : 0);
    }

    private static bool NeedsMask(AttentionSpec attention, PassShape pass) => AttentionFunction.NeedsScores(attention)
        || (attention.Mask is not (AttentionMask.Causal or AttentionMask.Bidirectional) && attention.Mask.FirstVisible((int)pass.Context - 1) > 0);

    /// <summary>The prefix of the block that a parameter belongs to; empty where it belongs to none.</summary>
    private static string BlockOf(string name)
    {
        int start = name.IndexOf("blocks.", StringComparison.Ordinal);
        return start < 0 ? "" : name[..(name.IndexOf('.', start + "blocks.".Length) + 1)];
    }
}
