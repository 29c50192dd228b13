using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels.Assembled;

namespace Weft.Inference.Kernels.Panels;

// R rows of a tile.

/// <summary>
/// One or four rows of codes by one vector of outputs of a panel as it lies, unpacked in registers. The terms are added in the order of
/// <see cref="CodeTiles"/>, to whose bits the sums are equal.
/// </summary>
internal static unsafe class PackedRowsTile<TCodes, TRows, TMinima, TVector, TBits>
    where TCodes : struct, IPackedLanes<TBits, TVector>
    where TRows : struct, IPackedRows
    where TMinima : struct, ISwitch
    where TVector : unmanaged
    where TBits : unmanaged
{
    /// <summary>How far ahead weights are fetched, in bytes: the processor's own look ahead begins anew with every panel.</summary>
    private const int Ahead = 12288;

    /// <summary>The correction takes back 2^7; half the range of a code of so many bits is as much less.</summary>
    private const int CorrectionBits = 8;

    /// <summary>Blocks whose scales are unpacked together: with them and their weights in the first cache level, vector after vector is multiplied.</summary>
    private const int BlocksOfPart = 16;

    /// <summary>Computes a tile of one panel.</summary>
    /// <param name="rows">R.</param>
    /// <param name="layout">Of the panel.</param>
    /// <param name="tile">The panel, its records as steps, and the rows; receives [R, 16] sums.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(int rows, in PanelLayout layout, TileArguments* tile)
    {
        TVector* scales = stackalloc TVector[BlocksOfPart * 4];
        int vectors = PanelLayout.Width / TCodes.Count;
        new Span<float>(tile->Sums, rows * PanelLayout.Width).Clear();
        var part = new Part(layout, rows) { Scales = scales, Inputs = tile->Rows };
        int mostRecords = BlocksOfPart / part.Blocks;
        byte* record = tile->Weights;
        for (long left = tile->Steps; left > 0; left -= part.Records)
        {
            part.Records = (int)Math.Min(mostRecords, left);
            part.Fetches = true;
            for (int vector = 0; vector < vectors; vector++)
            {
                PackedScales<TCodes, TVector, TBits>.Unpack(layout, record, part.Records, vector * TCodes.Count, scales);
                part.Weights = record + (vector * sizeof(TVector));
                part.Sums = tile->Sums + (vector * TCodes.Count);
                Multiply(rows, ref part);
            }
            record += part.Records * (nint)layout.RecordBytes;
            part.Inputs += part.Records * (nint)part.Blocks * part.InputBytes;
        }
    }

    /// <summary>Four rows together where there are three or more, of which the last may be computed twice: unpacking costs more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(int rows, ref Part part)
    {
        for (int row = 0; row < rows; part.Fetches = false)
        {
            bool together = row <= rows - 3;
            if (together)
                Four(part, row, rows - 1);
            else
                One(part, row);
            row += together ? 4 : 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void One(in Part part, int row)
    {
        byte* record = part.Weights, x = part.Inputs;
        nint place = part.Numbers + (sizeof(float) * row), step = part.NumberStep;
        int scaleVectors = part.ScaleVectors;
        TVector* scales = part.Scales;
        TVector sum = TCodes.LoadFloats(part.Sums + (PanelLayout.Width * row));
        for (int left = part.Records; left > 0; left--, record += part.RecordBytes)
        {
            byte* codes = record, further = record + part.Further, groups = record + part.Groups;
            for (int block = part.Blocks; block > 0; block--, codes += TRows.BlockBytes, further += TRows.FurtherBytes, x += part.InputBytes, scales += scaleVectors, groups += 64)
            {
                if (part.Fetches)
                    Fetch(codes, further, groups);
                byte* inputs = x + (CodeBlock.Length * row), numbers = x + place;
                TBits products = TCodes.AddProducts(Start(numbers, 0, step), TRows.Read<TCodes, TBits, TVector>(codes, further, 0), inputs, TRows.Bits);
                TVector weights = scales[0];
                if (TRows.Splits)
                {
                    sum = AddScaled(sum, products, weights, numbers);
                    weights = scales[TMinima.IsOn ? 2 : 1];
                    products = Start(numbers, 1, step);
                }
                products = TCodes.AddProducts(products, TRows.Read<TCodes, TBits, TVector>(codes, further, 4), inputs + 16, TRows.Bits);
                sum = AddScaled(sum, products, weights, numbers);
                if (TMinima.IsOn)
                    sum = AddMinima(sum, scales, numbers, step);
            }
        }
        TCodes.Store(sum, part.Sums + (PanelLayout.Width * row));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Four(in Part part, int row, int last)
    {
        int second = Math.Min(row + 1, last), third = Math.Min(row + 2, last), fourth = Math.Min(row + 3, last);
        byte* record = part.Weights, x = part.Inputs;
        nint step = part.NumberStep;
        int scaleVectors = part.ScaleVectors;
        TVector* scales = part.Scales;
        TVector a = TCodes.LoadFloats(part.Sums + (PanelLayout.Width * row)), b = TCodes.LoadFloats(part.Sums + (PanelLayout.Width * second));
        TVector c = TCodes.LoadFloats(part.Sums + (PanelLayout.Width * third)), d = TCodes.LoadFloats(part.Sums + (PanelLayout.Width * fourth));
        for (int left = part.Records; left > 0; left--, record += part.RecordBytes)
        {
            byte* codes = record, further = record + part.Further, groups = record + part.Groups;
            for (int block = part.Blocks; block > 0; block--, codes += TRows.BlockBytes, further += TRows.FurtherBytes, x += part.InputBytes, scales += scaleVectors, groups += 64)
            {
                if (part.Fetches)
                    Fetch(codes, further, groups);
                byte* n0 = x + part.Numbers + (sizeof(float) * row), n1 = x + part.Numbers + (sizeof(float) * second);
                byte* n2 = x + part.Numbers + (sizeof(float) * third), n3 = x + part.Numbers + (sizeof(float) * fourth);
                TVector weights = scales[0];
                FourRows<TBits> w = TRows.Read<TCodes, TBits, TVector>(codes, further, 0);
                TBits i = TCodes.AddProducts(Start(n0, 0, step), w, x + (CodeBlock.Length * row), TRows.Bits);
                TBits j = TCodes.AddProducts(Start(n1, 0, step), w, x + (CodeBlock.Length * second), TRows.Bits);
                TBits k = TCodes.AddProducts(Start(n2, 0, step), w, x + (CodeBlock.Length * third), TRows.Bits);
                TBits l = TCodes.AddProducts(Start(n3, 0, step), w, x + (CodeBlock.Length * fourth), TRows.Bits);
                if (TRows.Splits)
                {
                    (a, b) = (AddScaled(a, i, weights, n0), AddScaled(b, j, weights, n1));
                    (c, d) = (AddScaled(c, k, weights, n2), AddScaled(d, l, weights, n3));
                    weights = scales[TMinima.IsOn ? 2 : 1];
                    (i, j, k, l) = (Start(n0, 1, step), Start(n1, 1, step), Start(n2, 1, step), Start(n3, 1, step));
                }
                w = TRows.Read<TCodes, TBits, TVector>(codes, further, 4);
                i = TCodes.AddProducts(i, w, x + (CodeBlock.Length * row) + 16, TRows.Bits);
                j = TCodes.AddProducts(j, w, x + (CodeBlock.Length * second) + 16, TRows.Bits);
                k = TCodes.AddProducts(k, w, x + (CodeBlock.Length * third) + 16, TRows.Bits);
                l = TCodes.AddProducts(l, w, x + (CodeBlock.Length * fourth) + 16, TRows.Bits);
                (a, b) = (AddScaled(a, i, weights, n0), AddScaled(b, j, weights, n1));
                (c, d) = (AddScaled(c, k, weights, n2), AddScaled(d, l, weights, n3));
                if (!TMinima.IsOn)
                    continue;
                (a, b) = (AddMinima(a, scales, n0, step), AddMinima(b, scales, n1, step));
                (c, d) = (AddMinima(c, scales, n2, step), AddMinima(d, scales, n3, step));
            }
        }
        TCodes.Store(a, part.Sums + (PanelLayout.Width * row));
        TCodes.Store(b, part.Sums + (PanelLayout.Width * second));
        TCodes.Store(c, part.Sums + (PanelLayout.Width * third));
        TCodes.Store(d, part.Sums + (PanelLayout.Width * fourth));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddScaled(TVector sum, TBits products, TVector weights, byte* numbers) =>
        TCodes.MultiplyAdd(TCodes.Convert(products), TCodes.Scale(weights, *(float*)numbers), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddMinima(TVector sum, TVector* scales, byte* numbers, nint step)
    {
        sum = TCodes.MultiplyAdd(scales[1], *(float*)(numbers + (step * (int)RowPacking.Number.Sum)), sum);
        return TRows.Splits ? TCodes.MultiplyAdd(scales[3], *(float*)(numbers + (step * (int)RowPacking.Number.FirstSum)), sum) : sum;
    }

    /// <summary>A block's lines of a later record: many at once would fill the buffers that loads wait in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* codes, byte* further, byte* scales)
    {
        Fetch(codes + Ahead, TRows.BlockBytes);
        Fetch(further + Ahead, TRows.FurtherBytes);
        Fetch(scales + Ahead, 64);
    }

    /// <summary>Without a loop, as the number of bytes is a constant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* lines, int bytes)
    {
        if (!Sse.IsSupported || bytes == 0)
            return;
        Sse.Prefetch0(lines);
        if (bytes > 64)
            Sse.Prefetch0(lines + 64);
        if (bytes > 128)
        {
            Sse.Prefetch0(lines + 128);
            Sse.Prefetch0(lines + 192);
        }
        if (bytes <= 256)
            return;
        Sse.Prefetch0(lines + 256);
        Sse.Prefetch0(lines + 320);
        Sse.Prefetch0(lines + 384);
        Sse.Prefetch0(lines + 448);
    }

    /// <summary>What products start from: it takes back what codes are more than weights without their scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TBits Start(byte* numbers, int half, nint step)
    {
        RowPacking.Number number = TRows.Splits ? RowPacking.Number.FirstCorrection + half : RowPacking.Number.Correction;
        return TMinima.IsOn || (TRows.Bits == 8 && !TCodes.OffsetsBytes)
            ? default
            : TCodes.Broadcast(*(int*)(numbers + (step * (int)number)), CorrectionBits - TRows.Bits);
    }

    /// <summary>A vector of outputs of neighbouring records.</summary>
    private struct Part(in PanelLayout layout, int rows)
    {
        public readonly int RecordBytes = layout.RecordBytes, Blocks = layout.RecordLength / CodeBlock.Length;

        /// <summary>Bytes from a record to its codes' second part, and to its scales.</summary>
        public readonly int Further = Math.Max(layout.Bits, layout.Pairs), Groups = layout.Scales > 0 ? layout.Scales : layout.Factors;

        /// <summary>Bytes from a block of rows to the next, to its numbers, and from a number to the next.</summary>
        public readonly int InputBytes = rows * RowPacking.CodeRowBytes, Numbers = rows * CodeBlock.Length, NumberStep = rows * sizeof(float);

        /// <summary>Vectors of scales and minima of a block.</summary>
        public readonly int ScaleVectors = (TRows.Splits ? 2 : 1) * (TMinima.IsOn ? 2 : 1);

        public TVector* Scales;

        public byte* Weights, Inputs;

        public float* Sums;

        public int Records;

        /// <summary>Whether weights are fetched ahead: once, where several rows or vectors follow.</summary>
        public bool Fetches;
    }
}
