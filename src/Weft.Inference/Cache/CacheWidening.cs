using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

// S head size, B positions of a page.

/// <summary>Keys and values of a page in fp32, for products in fp32.</summary>
internal static unsafe class CacheWidening
{
    private const int B = AttentionRow.BlockSize, Width = PanelLayout.Width;

    /// <summary>The keys as [S, B]: where they lie, or widened.</summary>
    /// <param name="page">How they lie.</param>
    /// <param name="keys">One head's.</param>
    /// <param name="scratch">Room for [S, B].</param>
    public static float* Keys(in CachePage page, byte* keys, float* scratch)
    {
        if (page.Type == ElementType.F32)
            return (float*)keys;
        if (page.Type == ElementType.F16)
            Halves((ushort*)keys, page.Size * B, scratch);
        else
            for (int panel = 0; panel < CachePage.KeyPanels; panel++)
                Pairs((uint*)(keys + (panel * page.KeyPanelBytes)), page.Size, scratch + (panel * Width), B);
        return scratch;
    }

    /// <summary>The values of the first positions as [B, S'], S' the size in whole panels where they do not lie so: where they lie, or widened.</summary>
    /// <param name="page">How they lie.</param>
    /// <param name="values">One head's.</param>
    /// <param name="positions">How many are needed.</param>
    /// <param name="scratch">Room for [B, S'] and what vectors read behind.</param>
    /// <param name="step">From a position to the next.</param>
    public static float* Values(in CachePage page, byte* values, int positions, float* scratch, out int step)
    {
        step = page.Type == ElementType.BF16 ? page.ValuePanels * Width : page.Size;
        if (page.Type == ElementType.F32)
            return (float*)values;
        if (page.Type == ElementType.F16)
            Halves((ushort*)values, page.Size * positions, scratch);
        else
            for (int panel = 0; panel < page.ValuePanels; panel++)
                Pairs((uint*)(values + (panel * page.ValuePanelBytes)), positions, scratch + (panel * Width), step);
        return scratch;
    }

    /// <summary>The destination has room for whole vectors of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Halves(ushort* source, int count, float* destination)
    {
        for (int i = 0; i < count; i += Width)
            HalfWidening.Widen(Vector256.Load(source + i)).Store(destination + i);
    }

    /// <summary>A panel of pairs of bf16 as rows, one for each input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pairs(uint* panel, int inputs, float* destination, int step)
    {
        for (int i = 0; i < inputs; i++)
        {
            Vector512<uint> pair = Vector512.Load(panel + (i / 2 * Width));
            (i % 2 == 0 ? pair << 16 : pair & Vector512.Create(0xffff0000u)).AsSingle().Store(destination + (i * step));
        }
    }
}
