using System.Runtime.Intrinsics;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Panels;

// T tokens, I inputs, O outputs.

/// <summary>Products with panels. An item is a few neighbouring panels of one matrix and a part of the tokens; panels that have to be unpacked are so once an item.</summary>
internal unsafe partial struct PanelWork : IWork
{
    /// <summary>What an item keeps unpacked, of the second cache level's 1 or 2 MB.</summary>
    private const int UnpackedBytes = 512 * 1024;

    private const int MostPanels = 8, MostPanelsRead = 32;

    /// <summary>Items for each thread, where there is enough work to divide: none waits long for the others.</summary>
    public const int ItemsOfThread = 4;

    /// <summary>Beyond, unpacking a panel once costs less than doing so in each tile.</summary>
    private const int MostPackedTokens = 3 * PackedCodeTile.MostRows;

    /// <summary>[T, I].</summary>
    public float* Input;

    /// <summary>Numbers from a row of it to the next.</summary>
    public int InputStep;

    /// <summary>Tiles of the same rows, where a projection wants them.</summary>
    public byte* Codes, BFloat16s;

    public int Inputs;
    public int Tokens;
    public Projection* Projections;
    public int ProjectionCount;

    /// <summary>Groups of panels of all projections.</summary>
    public int GroupCount;

    public int TokensOfPart;

    /// <summary>Rows of a tile of codes.</summary>
    public int CodeTileRows;

    /// <summary>Threads among which items are divided.</summary>
    public int Threads;

    /// <summary>Few tokens are multiplied with panels as they lie, in tiles of about as many rows each; more are worth unpacking them.</summary>
    public static int CodeTileRowsOf(int tokens)
    {
        if (!PackedRowsTiles.AreBest(tokens, MostPackedTokens))
            return RowPacking.CodeTileRows;
        if (tokens > MostPackedTokens)
            return PackedRowsTiles.ManyRows;
        int tiles = (tokens + PackedCodeTile.MostRows - 1) / PackedCodeTile.MostRows;
        return (tokens + tiles - 1) / tiles;
    }

    /// <summary>Groups of panels of a projection.</summary>
    public readonly int Groups(in Projection projection)
    {
        int together = PanelsTogether(projection);
        return (PanelLayout.Panels(projection.Outputs) + together - 1) / together;
    }

    public readonly void Run(int item)
    {
        int token = item / GroupCount * TokensOfPart, group = item % GroupCount;
        Projection* projection = Projections;
        for (int groups; group >= (groups = Groups(*projection)); projection++)
            group -= groups;
        int together = PanelsTogether(*projection), panel = group * together;
        var block = new Block(panel, Math.Min(PanelLayout.Panels(projection->Outputs), panel + together), token, Math.Min(Tokens, token + TokensOfPart));
        switch (projection->Arithmetic)
        {
            case Arithmetic.Codes:
                MultiplyCodes(*projection, block);
                break;
            case Arithmetic.BFloat16 or Arithmetic.Float32 when IsReadInPlace(*projection):
                MultiplyRows(*projection, block);
                break;
            case Arithmetic.Float32 when WidensInRegisters(*projection):
                MultiplyFew(*projection, block);
                break;
            case Arithmetic.Float32 when Vector512.IsHardwareAccelerated:
                MultiplyFloats<Lanes512, Vector512<float>>(*projection, block);
                break;
            case Arithmetic.Float32 when Vector256.IsHardwareAccelerated:
                MultiplyFloats<Lanes256, Vector256<float>>(*projection, block);
                break;
            default:
                MultiplyFloats<Lanes128, Vector128<float>>(*projection, block);
                break;
        }
    }

    /// <summary>Panels of floating-point numbers that an assembled kernel multiplies as they lie.</summary>
    private static bool IsReadInPlace(in Projection projection) => projection.Arithmetic == Arithmetic.BFloat16
        || (projection.Arithmetic == Arithmetic.Float32 && projection.Type is ElementType.F32 or ElementType.F16 && AssembledKernels.Row(1, projection.Type) != 0);

    private readonly int PanelsTogether(in Projection projection)
    {
        // Where weights are read once as they lie, long stretches of memory are read best.
        if (Tokens <= MostPackedTokens && (projection.Arithmetic != Arithmetic.Float32 || projection.Type is ElementType.F32 or ElementType.F16 || WidensInRegisters(projection)))
            return Math.Clamp(PanelLayout.Panels(projection.Outputs) / (ItemsOfThread * Threads) & ~1, 2, MostPanelsRead);
        long unpacked = projection.Arithmetic switch
        {
            Arithmetic.Codes => (long)RowPacking.Blocks(Inputs) * CodeBlock.Of(projection.Type).Bytes,
            _ when IsReadInPlace(projection) => projection.PanelBytes,
            _ => (long)Inputs * PanelLayout.Width * sizeof(float),
        };
        int fitting = (int)Math.Clamp(UnpackedBytes / Math.Max(1, unpacked), 1, MostPanels);
        // Pairs are computed together.
        return Math.Max(2, fitting & ~1);
    }

    private readonly void MultiplyCodes(in Projection projection, Block block)
    {
        if (PackedRowsTiles.AreBest(Tokens, MostPackedTokens))
        {
            MultiplyPackedCodes(projection, block);
            return;
        }
        CodeBlock form = CodeBlock.Of(projection.Type);
        int blocks = RowPacking.Blocks(Inputs);
        nint panelBytes = (nint)blocks * form.Bytes, rowBytes = (nint)RowPacking.CodeBytes(1, Inputs);
        const int Sums = 2 * PanelLayout.Width, SumBytes = Sums * sizeof(float) * PackedCodeTile.MostRows;
        byte* scratch = ThreadScratch.Get(SumBytes + (panelBytes * (block.PanelEnd - block.Panel))), unpacked = scratch + SumBytes;
        var tile = new TileArguments { Steps = blocks };
        var tiles = new CodeTiles(form);
        for (int panel = block.Panel; panel < block.PanelEnd; panel++)
            PanelUnpacking.ToCodes(projection.Type, projection.Panels + (panel * (nint)projection.PanelBytes), blocks, unpacked + ((panel - block.Panel) * panelBytes));
        for (int token = block.Token; token < block.TokenEnd; token += CodeTileRows)
        {
            int rows = Math.Min(CodeTileRows, Tokens - token);
            tile.Rows = Codes + (token * rowBytes);
            for (int panel = block.Panel; panel < block.PanelEnd; panel += 2)
            {
                tile.Weights = unpacked + ((panel - block.Panel) * panelBytes);
                tile.SecondWeights = panel + 1 < block.PanelEnd ? tile.Weights + panelBytes : tile.Weights;
                var place = new TileFinish.Place(token, rows, panel * PanelLayout.Width, Math.Min(2, block.PanelEnd - panel) * PanelLayout.Width);
                bool isLeft = TileFinish.Aim(projection, place, Sums, (float*)scratch, ref tile);
                tiles.Multiply(rows, &tile);
                if (isLeft)
                    TileFinish.Execute(projection, tile.Sums, Sums, place);
            }
        }
    }

    /// <summary>A few rows: the kernel reads the panels as they are.</summary>
    private readonly void MultiplyPackedCodes(in Projection projection, Block block)
    {
        nint rowBytes = (nint)RowPacking.CodeBytes(1, Inputs);
        float* scratch = (float*)ThreadScratch.Get(PanelLayout.Width * sizeof(float) * PackedCodeTile.MostRows);
        var tile = new TileArguments { Steps = projection.PanelBytes / PanelLayout.Of(projection.Type).RecordBytes };
        for (int panel = block.Panel; panel < block.PanelEnd; panel++)
        {
            tile.Weights = projection.Panels + (panel * (nint)projection.PanelBytes);
            for (int token = block.Token; token < block.TokenEnd; token += CodeTileRows)
            {
                int rows = Math.Min(CodeTileRows, block.TokenEnd - token);
                tile.Rows = Codes + (token * rowBytes);
                var place = new TileFinish.Place(token, rows, panel * PanelLayout.Width, PanelLayout.Width);
                bool isLeft = TileFinish.Aim(projection, place, PanelLayout.Width, scratch, ref tile);
                PackedRowsTiles.Multiply(rows, projection.Type, &tile);
                if (isLeft)
                    TileFinish.Execute(projection, tile.Sums, PanelLayout.Width, place);
            }
        }
    }

    /// <summary>Panels of floating-point numbers as they lie, by an assembled kernel.</summary>
    private readonly void MultiplyRows(in Projection projection, Block block)
    {
        int together = RowTile.PanelsOf(Tokens, projection.Type), sums = together * PanelLayout.Width;
        float* scratch = (float*)ThreadScratch.Get(sums * sizeof(float) * RowPacking.TileRows);
        bool rounds = projection.Arithmetic == Arithmetic.BFloat16;
        byte* rowsOfAll = rounds ? BFloat16s : (byte*)Input;
        var tile = new TileArguments
        {
            Steps = rounds ? RowPacking.Pairs(Inputs) : Inputs,
            RowStep = rounds ? RowPacking.BFloat16RowBytes(Inputs) : (long)InputStep * sizeof(float),
        };
        for (int token = block.Token; token < block.TokenEnd; token += RowPacking.TileRows)
        {
            int rows = Math.Min(RowPacking.TileRows, Tokens - token);
            var kernel = (delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)AssembledKernels.Row(rows, projection.Type, together);
            tile.Rows = rowsOfAll + (token * (nint)tile.RowStep);
            for (int panel = block.Panel; panel < block.PanelEnd; panel += together)
            {
                tile.Weights = projection.Panels + (panel * (nint)projection.PanelBytes);
                tile.SecondWeights = panel + 1 < block.PanelEnd ? tile.Weights + projection.PanelBytes : tile.Weights;
                var place = new TileFinish.Place(token, rows, panel * PanelLayout.Width, Math.Min(together, block.PanelEnd - panel) * PanelLayout.Width);
                bool isLeft = TileFinish.Aim(projection, place, sums, scratch, ref tile);
                kernel(&tile);
                if (isLeft)
                    TileFinish.Execute(projection, tile.Sums, sums, place);
            }
        }
    }

    private readonly void MultiplyFloats<TLanes, TVector>(in Projection projection, Block block)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        const int Vectors = FloatTile<TLanes, TVector>.Vectors;
        int step = Vectors * TLanes.Count / PanelLayout.Width;
        float* sums = stackalloc float[FloatTile<TLanes, TVector>.MostRows * Vectors * TLanes.Count];
        float* panels = Widened(projection, block, out nint panelStep);
        for (int token = block.Token, rows; token < block.TokenEnd; token += rows)
        {
            rows = FloatTile<TLanes, TVector>.Rows(block.TokenEnd - token);
            var inputs = new FloatTile<TLanes, TVector>.Inputs((nint)(Input + ((nint)token * InputStep)), InputStep, Inputs);
            for (int panel = block.Panel; panel < block.PanelEnd; panel += step)
            {
                int there = Math.Min(step, block.PanelEnd - panel);
                var weights = new FloatTile<TLanes, TVector>.Columns(panels + ((panel - block.Panel) * panelStep), panelStep, there);
                FloatTile<TLanes, TVector>.Multiply(rows, inputs, weights, sums);
                TileFinish.Execute(projection, sums, Vectors * TLanes.Count, new(token, rows, panel * PanelLayout.Width, there * PanelLayout.Width));
            }
        }
    }

    /// <summary>The block's panels in fp32, where they lie or unpacked.</summary>
    private readonly float* Widened(in Projection projection, Block block, out nint step)
    {
        byte* first = projection.Panels + (block.Panel * (nint)projection.PanelBytes);
        if (projection.Type == ElementType.F32)
        {
            step = (nint)projection.PanelBytes / sizeof(float);
            return (float*)first;
        }
        step = (nint)RowPacking.Blocks(Inputs) * CodeBlock.Length * PanelLayout.Width;
        float* unpacked = (float*)ThreadScratch.Get(step * sizeof(float) * (block.PanelEnd - block.Panel));
        for (int panel = block.Panel; panel < block.PanelEnd; panel++, first += projection.PanelBytes)
            PanelUnpacking.ToFloats(projection.Type, first, Inputs, unpacked + ((panel - block.Panel) * step));
        return unpacked;
    }

    /// <summary>Panels and tokens of an item.</summary>
    private readonly record struct Block(int Panel, int PanelEnd, int Token, int TokenEnd);
}
