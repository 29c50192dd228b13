using System.Numerics.Tensors;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels;

// R rows, S head size, B positions of a key block.

/// <summary>The two products of attention with a page of keys and values, for a few rows.</summary>
internal unsafe interface ICacheTile
{
    /// <summary>The rows that are computed together, where so many are left.</summary>
    static abstract int Rows(int left);

    /// <summary>Packs queries, [R, S], where products want them so.</summary>
    static abstract void Pack(float* queries, int rows, int size, byte* packed);

    /// <summary>Queries by keys: scores of B positions, in rows of those of a group.</summary>
    static abstract void Score(in AttentionRows rows, int row, int count, in AttentionPage page, float* scores);

    /// <summary>Weights of the page, in rows of those of a group, by the values of the first positions.</summary>
    static abstract void Sum(in AttentionRows rows, int count, in AttentionPage page, int positions, float* weights, CacheSums sums);
}

/// <summary>Keys and values in fp32, where they lie or widened.</summary>
internal readonly unsafe struct FloatCacheTile<TLanes, TVector> : ICacheTile
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    private const int B = AttentionRow.BlockSize, Positions = AttentionRows.GroupPositions;

    public static int Rows(int left) => FloatTile<TLanes, TVector>.Rows(left);

    public static void Pack(float* queries, int rows, int size, byte* packed)
    {
    }

    public static void Score(in AttentionRows rows, int row, int count, in AttentionPage page, float* scores)
    {
        CacheFetch.Execute(page.NextKeys, rows.Page.KeyBytes);
        int width = FloatTile<TLanes, TVector>.Vectors * TLanes.Count, size = rows.Page.Size;
        float* sums = stackalloc float[FloatTile<TLanes, TVector>.MostRows * width];
        var queries = new FloatTile<TLanes, TVector>.Inputs((nint)(rows.Queries + (row * size)), size, size);
        for (int column = 0; column < B; column += width)
        {
            FloatTile<TLanes, TVector>.Multiply(count, queries, new((float*)page.Keys + column, B), sums);
            new CacheSums(scores, Positions, false).Take(sums, width, column, count);
        }
    }

    public static void Sum(in AttentionRows rows, int count, in AttentionPage page, int positions, float* weights, CacheSums output)
    {
        CacheFetch.Execute(page.NextValues, rows.Page.ValueBytes);
        int width = FloatTile<TLanes, TVector>.Vectors * TLanes.Count;
        float* tile = stackalloc float[FloatTile<TLanes, TVector>.MostRows * width];
        // Rows that see fewer positions have weights of zero for the rest.
        var inputs = new FloatTile<TLanes, TVector>.Inputs((nint)weights, Positions, positions);
        for (int column = 0; column < rows.Page.Size; column += width)
        {
            FloatTile<TLanes, TVector>.Multiply(count, inputs, new((float*)page.Values + column, rows.ValueStep), tile);
            output.Take(tile, width, column, count);
        }
    }
}

/// <summary>Keys and values in bf16, multiplied with queries and weights that are rounded to it.</summary>
internal readonly unsafe struct BFloat16CacheTile : ICacheTile
{
    private const int Width = PanelLayout.Width, B = AttentionRow.BlockSize, Positions = AttentionRows.GroupPositions;

    public static int Rows(int left) => Math.Min(left, RowPacking.TileRows);

    public static void Pack(float* queries, int rows, int size, byte* packed) => RowPacking.ToBFloat16(queries, rows, size, packed);

    public static void Score(in AttentionRows rows, int row, int count, in AttentionPage page, float* scores)
    {
        CacheFetch.Execute(page.NextKeys, rows.Page.KeyBytes);
        Multiply(count, Inputs(rows.Packed, row, rows.Page.Size, rows.Page.Size), new(page.Keys, rows.Page.KeyPanelBytes, CachePage.KeyPanels), new(scores, Positions, false));
    }

    public static void Sum(in AttentionRows rows, int count, in AttentionPage page, int positions, float* weights, CacheSums output)
    {
        CacheFetch.Execute(page.NextValues, rows.Page.ValueBytes);
        byte* packed = stackalloc byte[RowPacking.TileRows * ((B * sizeof(ushort)) + 64)];
        RowPacking.ToBFloat16(weights, count, B, packed, Positions);
        Multiply(count, Inputs(packed, 0, B, positions), new(page.Values, rows.Page.ValuePanelBytes, rows.Page.ValuePanels), output);
    }

    /// <summary>The first numbers of packed rows.</summary>
    private static TileArguments Inputs(byte* packed, int row, int size, int count)
    {
        int step = RowPacking.BFloat16RowBytes(size);
        return new() { Rows = packed + (row * (nint)step), RowStep = step, Steps = RowPacking.Pairs(count) };
    }

    private static void Multiply(int count, TileArguments tile, CachePanels panels, CacheSums output)
    {
        var kernel = (delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)AssembledKernels.Row(count, ElementType.BF16);
        output.Aim(ref tile);
        for (int panel = 0; panel < panels.Count; panel += 2)
        {
            tile.Weights = panels.First(panel);
            tile.SecondWeights = panels.First(Math.Min(panel + 1, panels.Count - 1));
            tile.Sums = output.Rows + (panel * Width);
            kernel(&tile);
        }
    }
}

/// <summary>
/// Keys and values in 8 bits, multiplied with queries and weights that are quantized too. The scale of a position's value is multiplied into its weight
/// before that is quantized.
/// </summary>
internal readonly unsafe struct CodeCacheTile : ICacheTile
{
    private const int Width = PanelLayout.Width, B = AttentionRow.BlockSize, Positions = AttentionRows.GroupPositions;

    private static readonly CodeTiles Tiles = new(CachePage.Form);

    public static int Rows(int left) => Math.Min(left, RowPacking.CodeTileRows);

    public static void Pack(float* queries, int rows, int size, byte* packed)
    {
        for (int row = 0, count; row < rows; row += count)
        {
            count = Rows(rows - row);
            RowPacking.ToCodes(queries + (row * size), count, size, packed + (row * RowPacking.CodeBytes(1, size)));
        }
    }

    public static void Score(in AttentionRows rows, int row, int count, in AttentionPage page, float* scores) =>
        Multiply(count, rows.Packed + (row * RowPacking.CodeBytes(1, rows.Page.Size)), RowPacking.Blocks(rows.Page.Size), new(page.Keys, rows.Page.KeyPanelBytes, CachePage.KeyPanels, page.NextKeys == null ? 0 : (nint)(page.NextKeys - page.Keys)), new(scores, Positions, false));

    public static void Sum(in AttentionRows rows, int count, in AttentionPage page, int positions, float* weights, CacheSums output)
    {
        // The kernel fetches the panels.
        CacheFetch.Execute(page.NextValues == null ? null : page.NextValues + rows.Page.ValueScales, B * sizeof(float));
        byte* packed = stackalloc byte[RowPacking.CodeTileRows * B / CodeBlock.Length * RowPacking.CodeRowBytes];
        WeightPacking.ToCodes(weights, count, (float*)(page.Values + rows.Page.ValueScales), positions, packed);
        Multiply(count, packed, B / CodeBlock.Length, new(page.Values, rows.Page.ValuePanelBytes, rows.Page.ValuePanels, page.NextValues == null ? 0 : (nint)(page.NextValues - page.Values)), output);
    }

    private static void Multiply(int count, byte* packed, int blocks, CachePanels panels, CacheSums output)
    {
        var tile = new TileArguments { Rows = packed, RowStep = panels.Ahead, Steps = blocks };
        output.Aim(ref tile);
        for (int panel = 0; panel < panels.Count; panel += 2)
        {
            tile.Weights = panels.First(panel);
            tile.SecondWeights = panels.First(Math.Min(panel + 1, panels.Count - 1));
            tile.Sums = output.Rows + (panel * Width);
            Tiles.Multiply(count, &tile);
        }
    }
}

/// <summary>Where sums go.</summary>
/// <param name="rows">The first row.</param>
/// <param name="step">Numbers from a row to the next.</param>
/// <param name="accumulate">They are added to what is there.</param>
internal readonly unsafe struct CacheSums(float* rows, int step, bool accumulate)
{
    public float* Rows => rows;

    /// <summary>Aims a kernel at them.</summary>
    public void Aim(ref TileArguments tile)
    {
        tile.SumStep = (long)step * sizeof(float);
        tile.Accumulates = accumulate ? 1 : 0;
    }

    /// <summary>Takes the columns of a tile, [count, width].</summary>
    public void Take(float* tile, int width, int column, int count)
    {
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> source = new(tile + (row * width), width);
            Span<float> destination = new(rows + (row * step) + column, width);
            if (accumulate)
                TensorPrimitives.Add(destination, source, destination);
            else
                source.CopyTo(destination);
        }
    }
}

/// <summary>Fetches what will be read soon into the second cache level.</summary>
internal static unsafe class CacheFetch
{
    public static void Execute(byte* memory, int bytes)
    {
        if (memory == null || !Sse.IsSupported)
            return;
        for (int line = 0; line < bytes; line += 64)
            Sse.Prefetch1(memory + line);
    }
}

/// <summary>Neighbouring panels of a page.</summary>
internal readonly unsafe struct CachePanels(byte* panels, int bytes, int count, nint ahead = 0)
{
    /// <summary>Bytes from these to those of the next page.</summary>
    public nint Ahead => ahead;

    public int Count => count;

    public byte* First(int panel) => panels + (panel * bytes);
}
