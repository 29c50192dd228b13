using System.Runtime.Intrinsics;

using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Kernels;

/// <summary>
/// Attention in bf16 on the CPU, some queries of some heads at a time: their scores stay in the cache, keys that none of them sees are left out, and backward
/// computes weights anew in place of keeping them. Products are torch's in bf16; torch's own fused kernel multiplies in fp32 there and takes two to eight times as long
/// up to 512 tokens (docs/LOG.md). Legend: B windows, H heads, N slices (B·H), T queries, U keys, S head size.
/// </summary>
internal sealed unsafe class BlockedAttention : autograd.SingleTensorFunction<BlockedAttention>
{
    /// <summary>Numbers of the scores of one block: those of weights and gradients fit the caches together.</summary>
    private const long BlockNumbers = 1 << 20;

    private const int MostQueries = 256;

    private const string Settings = "settings";

    public override string Name => nameof(BlockedAttention);

    /// <summary>It can be computed here: masks may be anything that needs no gradient.</summary>
    public static bool Fits(Tensor query, Scoring scoring) => query.dtype == ScalarType.BFloat16 && query.device.type == TorchSharp.DeviceType.CPU && Vector512.IsHardwareAccelerated
        && (scoring.Pairs.Bias is not { } bias || (!bias.requires_grad && bias.dtype == ScalarType.Float32 && bias.is_contiguous()));

    /// <summary>[B, H, T, S], [B, H, U, S] and [B, H, U, any] to [B, H, T, any].</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Scoring scoring) => apply(query, key, value, scoring);

    public override Tensor forward(autograd.AutogradContext context, params object[] vars)
    {
        using var scope = NewDisposeScope();
        (Tensor query, Tensor key, Tensor value) = (Slices(vars[0]), Slices(vars[1]), Slices(vars[2]));
        var settings = new Setting((Scoring)vars[3], (int)((Tensor)vars[0]).shape[1]);
        context.save_for_backward([query, key, value]);
        context.save_data(Settings, settings);
        Tensor result = empty([query.shape[0], query.shape[1], value.shape[2]], query.dtype, query.device);
        foreach (Block block in Blocks(query, key, settings))
        {
            using var inner = NewDisposeScope();
            block.Queries(result).copy_(Weights(block, query, key, settings).bmm(block.Keys(value)));
        }
        // Saved only once this call has returned.
        foreach (Tensor saved in new[] { query, key, value })
            saved.MoveToOuterDisposeScope();
        return result.view(((Tensor)vars[0]).shape[..3].Append(value.shape[2]).ToArray()).MoveToOuterDisposeScope();
    }

    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        List<Tensor> saved = context.get_saved_variables();
        (Tensor query, Tensor key, Tensor value, Tensor given) = (saved[0], saved[1], saved[2], Slices(gradient));
        var settings = (Setting)context.get_data(Settings);
        // Torch's own reference ends with the call, this one would end with the pass.
        gradient.Dispose();
        // Keys and values have a product of each block: several are added up in fp32.
        ScalarType sums = query.shape[1] > MostQueries ? ScalarType.Float32 : query.dtype;
        (Tensor ofQueries, Tensor ofKeys, Tensor ofValues) = (empty_like(query), zeros_like(key, dtype: sums), zeros_like(value, dtype: sums));
        foreach (Block block in Blocks(query, key, settings))
        {
            using var inner = NewDisposeScope();
            Tensor weights = Weights(block, query, key, settings), part = block.Queries(given);
            Tensor slopes = part.bmm(block.Keys(value).transpose(1, 2)).contiguous();
            block.Keys(ofValues).PlusInPlace(weights.transpose(1, 2).bmm(part));
            Rows(block, weights, slopes, settings);
            block.Queries(ofQueries).copy_(slopes.bmm(block.Keys(key)));
            block.Keys(ofKeys).PlusInPlace(slopes.transpose(1, 2).bmm(block.Queries(query)));
        }
        Tensor Heads(Tensor x) => x.to(query.dtype).view(-1, settings.Heads, x.shape[1], x.shape[2]);
        return [.. GivenGradients.Give(Heads(ofQueries), Heads(ofKeys), Heads(ofValues)), null];
    }

    /// <param name="Scoring">How scores come from products.</param>
    /// <param name="Heads">H.</param>
    private sealed record Setting(Scoring Scoring, int Heads);

    /// <summary>Some queries of some slices, and the keys that they may see.</summary>
    private readonly record struct Block(int Slice, int SliceCount, int Query, int QueryCount, int KeyCount)
    {
        public Tensor Queries(Tensor x) => x.narrow(0, Slice, SliceCount).narrow(1, Query, QueryCount);

        public Tensor Keys(Tensor x) => x.narrow(0, Slice, SliceCount).narrow(1, 0, KeyCount);
    }

    private static IEnumerable<Block> Blocks(Tensor query, Tensor key, Setting settings)
    {
        (int slices, int queries, int keys) = ((int)query.shape[0], (int)query.shape[1], (int)key.shape[1]);
        int most = Math.Min(queries, MostQueries), together = (int)Math.Clamp(BlockNumbers / ((long)most * keys), 1, slices);
        for (int slice = 0; slice < slices; slice += together)
            for (int first = 0; first < queries; first += most)
            {
                int count = Math.Min(most, queries - first);
                yield return new(slice, Math.Min(together, slices - slice), first, count, settings.Scoring.Pairs.IsCausal ? Math.Min(keys, first + count) : keys);
            }
    }

    private static Tensor Weights(Block block, Tensor query, Tensor key, Setting settings)
    {
        Tensor weights = block.Queries(query).bmm(block.Keys(key).transpose(1, 2)).contiguous();
        Rows(block, weights, null, settings);
        return weights;
    }

    private static void Rows(Block block, Tensor weights, Tensor? gradients, Setting settings)
    {
        Pairs pairs = settings.Scoring.Pairs;
        var rows = new AttentionRows
        {
            Weights = (ushort*)TorchTeam.Data(weights),
            Gradients = gradients is null ? null : (ushort*)TorchTeam.Data(gradients),
            Queries = block.QueryCount,
            Keys = block.KeyCount,
            Scale = (float)settings.Scoring.Scale,
            FirstPosition = pairs.IsCausal ? block.Query : -1,
            Heads = settings.Heads,
            FirstSlice = block.Slice,
        };
        if (pairs.Bias is { } bias)
        {
            long row = bias.shape[3], head = row * bias.shape[2];
            rows.BiasRow = row;
            rows.BiasHead = bias.shape[1] == 1 ? 0 : head;
            rows.BiasSequence = bias.shape[0] == 1 ? 0 : head * bias.shape[1];
            rows.Bias = (float*)TorchTeam.Data(bias) + (block.Query * row);
        }
        TorchTeam.Run(team => team.Run(ref rows, block.SliceCount * block.QueryCount));
    }

    private static Tensor Slices(object x) => ((Tensor)x).flatten(0, 1).contiguous();
}
