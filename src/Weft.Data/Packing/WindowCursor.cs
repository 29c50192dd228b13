namespace Weft.Data;

/// <summary>
/// Everything a sampler needs to go on exactly where it was: plain numbers, to be stored in a training checkpoint.
/// </summary>
/// <param name="Seed">Seed of the order.</param>
/// <param name="TokenCount">Tokens of the shard it belongs to; a sampler over another shard refuses the cursor.</param>
/// <param name="Epoch">Passes over the shard that are complete; 0 for samplers without epochs.</param>
/// <param name="Position">Windows drawn, in this epoch where there are epochs.</param>
/// <param name="Length">Targets per window in this epoch; 0 before the first draw and for samplers without epochs.</param>
public sealed record WindowCursor(ulong Seed, long TokenCount, long Epoch, long Position, int Length);
