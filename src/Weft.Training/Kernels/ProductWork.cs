using System.Runtime.Intrinsics;

using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;

namespace Weft.Training.Kernels;

// M rows, K terms of a sum, O outputs.

/// <summary>Rows · panelsᵀ in bf16 with sums in fp32, by the engine's kernels. An item is some neighbouring panels and a part of the rows.</summary>
internal unsafe struct ProductWork : IWork
{
    /// <summary>What an item's panels may take of the second cache level, which holds 1 MB.</summary>
    private const int PanelBytesOfItem = 512 * 1024;

    private const int MostPanels = 8, ItemsOfThread = 4;

    /// <summary>Outputs that a kernel computes at once.</summary>
    private const int Width = 2 * PanelLayout.Width;

    /// <summary>[M, K] in bf16.</summary>
    public byte* Rows;

    /// <summary>Bytes from a row to the next.</summary>
    public long RowBytes;

    /// <summary>M.</summary>
    public int RowCount;

    /// <summary>K / 2, an even number.</summary>
    public int Pairs;

    /// <summary>Panels of 16 outputs in bf16, see <see cref="PanelLayout"/>.</summary>
    public byte* Panels;

    /// <summary>O.</summary>
    public int Outputs;

    /// <summary>[M, O], in fp32, or in bf16 where <see cref="Rounds"/>.</summary>
    public byte* Output;

    /// <summary>Numbers from a row of the output to the next.</summary>
    public int OutputStep;

    /// <summary>The output is in bf16.</summary>
    public bool Rounds;

    /// <summary>The product is added to what the output in fp32 holds.</summary>
    public bool Accumulates;

    private int _panelsOfItem;
    private int _groups;
    private int _rowsOfItem;

    private readonly long PanelBytes => (long)Pairs * PanelLayout.Width * sizeof(uint);

    /// <summary>Computes the product.</summary>
    public static void Execute(Team team, ProductWork work)
    {
        int panels = PanelLayout.Panels(work.Outputs);
        // Pairs are computed together.
        work._panelsOfItem = (int)Math.Clamp(PanelBytesOfItem / work.PanelBytes, 2, MostPanels) & ~1;
        work._groups = (panels + work._panelsOfItem - 1) / work._panelsOfItem;
        int tiles = (work.RowCount + RowPacking.TileRows - 1) / RowPacking.TileRows;
        int parts = Math.Clamp(((ItemsOfThread * team.Threads) + work._groups - 1) / work._groups, 1, Math.Max(1, tiles / ItemsOfThread));
        work._rowsOfItem = (tiles + parts - 1) / parts * RowPacking.TileRows;
        team.Run(ref work, work._groups * ((work.RowCount + work._rowsOfItem - 1) / work._rowsOfItem));
    }

    public readonly void Run(int item)
    {
        int firstRow = item / _groups * _rowsOfItem, endRow = Math.Min(RowCount, firstRow + _rowsOfItem);
        int firstPanel = item % _groups * _panelsOfItem, endPanel = Math.Min(PanelLayout.Panels(Outputs), firstPanel + _panelsOfItem);
        float* scratch = (float*)ThreadScratch.Get(Width * sizeof(float) * RowPacking.TileRows);
        var tile = new TileArguments { Steps = Pairs, RowStep = RowBytes };
        for (int row = firstRow; row < endRow; row += RowPacking.TileRows)
        {
            int rows = Math.Min(RowPacking.TileRows, endRow - row);
            var kernel = (delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)AssembledKernels.Row(rows, ElementType.BF16);
            tile.Rows = Rows + (row * (nint)RowBytes);
            for (int panel = firstPanel; panel < endPanel; panel += 2)
            {
                tile.Weights = Panels + (panel * (nint)PanelBytes);
                tile.SecondWeights = panel + 1 < endPanel ? tile.Weights + PanelBytes : tile.Weights;
                int output = panel * PanelLayout.Width, outputs = Math.Min(Width, Outputs - output);
                bool isWhole = outputs == Width && panel + 1 < endPanel;
                if (isWhole && !Rounds)
                {
                    tile.Sums = (float*)Output + ((nint)row * OutputStep) + output;
                    tile.SumStep = (long)OutputStep * sizeof(float);
                    tile.Accumulates = Accumulates ? 1 : 0;
                    kernel(&tile);
                    continue;
                }
                tile.Sums = scratch;
                tile.SumStep = Width * sizeof(float);
                tile.Accumulates = 0;
                kernel(&tile);
                Finish(scratch, rows, new(row, output, outputs));
            }
        }
    }

    private readonly record struct Place(int Row, int Output, int Outputs);

    /// <summary>A tile's sums to the output, where the kernel could not write them itself.</summary>
    private readonly void Finish(float* sums, int rows, Place place)
    {
        for (int r = 0; r < rows; r++, sums += Width)
        {
            nint at = ((nint)(place.Row + r) * OutputStep) + place.Output;
            if (!Rounds)
            {
                float* output = (float*)Output + at;
                for (int i = 0; i < place.Outputs; i++)
                    output[i] = Accumulates ? output[i] + sums[i] : sums[i];
            }
            else if (place.Outputs == Width)
            {
                BFloat16Vectors.Store(Vector512.Load(sums), Vector512.Load(sums + PanelLayout.Width), (ushort*)Output + at);
            }
            else
            {
                for (int i = 0; i < place.Outputs; i++)
                    ((ushort*)Output)[at + i] = RowPacking.RoundToBFloat16(sums[i]);
            }
        }
    }
}
