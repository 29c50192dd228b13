using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;

namespace Weft.Training.Kernels;

// N tokens, I inputs, O outputs.

/// <summary>The ways in which training lays matrices out for the engine's kernels.</summary>
internal enum PackingKind
{
    /// <summary>Weights [O, I] in fp32 to panels of outputs, for the product forward.</summary>
    WeightRows,

    /// <summary>Weights [O, I] in fp32 to panels of inputs, for the gradient of the inputs.</summary>
    WeightColumns,

    /// <summary>Tokens [N, I] in bf16 to panels of inputs, for the gradient of the weights.</summary>
    TokenColumns,

    /// <summary>Tokens [N, O] in bf16 to rows of outputs, [O, N], for the gradient of the weights.</summary>
    Transposed,
}

/// <summary>Lays a matrix out anew. An item is 16 of its rows or columns, which become one panel or 16 rows.</summary>
internal unsafe struct Packing : IWork
{
    private const int Lanes = PanelLayout.Width, Block = 2 * Lanes;

    public PackingKind Kind;

    /// <summary>[rows, columns].</summary>
    public byte* Source;

    /// <summary>Numbers from a row to the next.</summary>
    public int SourceStep;

    public int Rows;

    public int Columns;

    public byte* Destination;

    /// <summary>Bytes of a panel, or of a row of the transposed matrix.</summary>
    public long Step;

    /// <summary>Lays it out.</summary>
    public static void Execute(Team team, Packing packing)
    {
        int lanes = packing.Kind == PackingKind.WeightRows ? packing.Rows : packing.Columns;
        team.Run(ref packing, (lanes + Lanes - 1) / Lanes);
    }

    /// <summary>Bytes of panels of <paramref name="lanes"/> with sums of <paramref name="terms"/>.</summary>
    public static long PanelBytes(int terms, int lanes) => RowPacking.Pairs(terms) * (long)Lanes * sizeof(uint) * PanelLayout.Panels(lanes);

    public readonly void Run(int item)
    {
        int first = item * Lanes;
        switch (Kind)
        {
            case PackingKind.WeightRows:
                PackWeightRows(first);
                break;
            case PackingKind.Transposed:
                Transpose(first);
                break;
            default:
                PackColumns(first);
                break;
        }
    }

    private readonly void PackWeightRows(int first)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        int lanes = Math.Min(Lanes, Rows - first), whole = Columns / Block * Block;
        uint* panel = (uint*)(Destination + (first / Lanes * (nint)Step));
        for (int column = 0; column < whole; column += Block, panel += Lanes * Lanes)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                uint* row = (uint*)Source + ((nint)(first + Math.Min(lane, lanes - 1)) * SourceStep) + column;
                block[lane] = lane < lanes ? BFloat16Vectors.Narrow(Vector512.Load(row), Vector512.Load(row + Lanes)).AsUInt32() : default;
            }
            Transpose(block);
            for (int pair = 0; pair < Lanes; pair++)
                block[pair].Store(panel + (pair * Lanes));
        }
        for (int pair = whole / 2; pair < RowPacking.Pairs(Columns); pair++, panel += Lanes)
            for (int lane = 0; lane < Lanes; lane++)
                panel[lane] = lane >= lanes ? 0 : Weight(first + lane, 2 * pair) | ((uint)Weight(first + lane, (2 * pair) + 1) << 16);
    }

    /// <summary>A panel of 16 neighbouring columns; sums go along the rows.</summary>
    private readonly void PackColumns(int first)
    {
        uint* panel = (uint*)(Destination + (first / Lanes * (nint)Step));
        int lanes = Math.Min(Lanes, Columns - first), pairs = RowPacking.Pairs(Rows);
        for (int pair = 0; pair < pairs; pair++, panel += Lanes)
        {
            int row = 2 * pair;
            if (lanes == Lanes)
                (Column(row, first) | (Column(row + 1, first) << 16)).Store(panel);
            else
                for (int lane = 0; lane < Lanes; lane++)
                    panel[lane] = lane >= lanes ? 0 : One(row, first + lane) | ((uint)One(row + 1, first + lane) << 16);
        }
    }

    /// <summary>16 columns become rows.</summary>
    private readonly void Transpose(int first)
    {
        var block = stackalloc Vector512<uint>[Lanes];
        int lanes = Math.Min(Lanes, Columns - first);
        byte* destination = Destination + (first * (nint)Step);
        int row = 0;
        for (; lanes == Lanes && row <= Rows - Block; row += Block)
        {
            for (int pair = 0; pair < Lanes; pair++)
                block[pair] = Column(row + (2 * pair), first) | (Column(row + (2 * pair) + 1, first) << 16);
            Transpose(block);
            for (int lane = 0; lane < Lanes; lane++)
                block[lane].Store((uint*)(destination + (lane * (nint)Step)) + (row / 2));
        }
        for (; row < 2 * RowPacking.Pairs(Rows); row++)
            for (int lane = 0; lane < lanes; lane++)
                ((ushort*)(destination + (lane * (nint)Step)))[row] = One(row, first + lane);
    }

    /// <summary>16 neighbours of a row in bf16, in the lower halves; 0 beyond the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector512<uint> Column(int row, int column)
    {
        if (row >= Rows)
            return default;
        nint at = ((nint)row * SourceStep) + column;
        return Kind == PackingKind.WeightColumns ? RowPacking.Round(Vector512.Load((uint*)Source + at)) >> 16 : Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)Source + at));
    }

    private readonly ushort One(int row, int column) =>
        row >= Rows ? (ushort)0 : Kind == PackingKind.WeightColumns ? Weight(row, column) : ((ushort*)Source)[((nint)row * SourceStep) + column];

    private readonly ushort Weight(int row, int column) => column >= Columns ? (ushort)0 : RowPacking.RoundToBFloat16(((float*)Source)[((nint)row * SourceStep) + column]);

    /// <summary>A matrix of 16 by 16, by pairs, by fours, then by whole quarters of a vector.</summary>
    private static void Transpose(Vector512<uint>* m)
    {
        for (int i = 0; i < Lanes; i += 4)
        {
            Vector512<ulong> a = Avx512F.UnpackLow(m[i], m[i + 1]).AsUInt64(), b = Avx512F.UnpackHigh(m[i], m[i + 1]).AsUInt64();
            Vector512<ulong> c = Avx512F.UnpackLow(m[i + 2], m[i + 3]).AsUInt64(), d = Avx512F.UnpackHigh(m[i + 2], m[i + 3]).AsUInt64();
            m[i] = Avx512F.UnpackLow(a, c).AsUInt32();
            m[i + 1] = Avx512F.UnpackHigh(a, c).AsUInt32();
            m[i + 2] = Avx512F.UnpackLow(b, d).AsUInt32();
            m[i + 3] = Avx512F.UnpackHigh(b, d).AsUInt32();
        }
        const byte Even = 0x88, Odd = 0xdd;
        for (int i = 0; i < 4; i++)
        {
            Vector512<uint> a = Avx512F.Shuffle4x128(m[i], m[i + 4], Even), b = Avx512F.Shuffle4x128(m[i], m[i + 4], Odd);
            Vector512<uint> c = Avx512F.Shuffle4x128(m[i + 8], m[i + 12], Even), d = Avx512F.Shuffle4x128(m[i + 8], m[i + 12], Odd);
            m[i] = Avx512F.Shuffle4x128(a, c, Even);
            m[i + 4] = Avx512F.Shuffle4x128(b, d, Even);
            m[i + 8] = Avx512F.Shuffle4x128(a, c, Odd);
            m[i + 12] = Avx512F.Shuffle4x128(b, d, Odd);
        }
    }
}
