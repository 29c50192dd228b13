using Weft.Inference.Threading;
using Weft.Inference.Weights;

namespace Weft.Inference.Kernels.Panels;

// T tokens, I inputs.

/// <summary>Rows of input in the forms that products read, made once for all matrices that share them. Memory grows to the greatest need.</summary>
internal sealed unsafe class RowBuffers
{
    private const string Purpose = "packed rows";

    /// <summary>Bytes by which memory grows at least.</summary>
    private const int Step = 256 * 1024;

    private AlignedBuffer _codes = new(0, Purpose), _halves = new(0, Purpose), _floats = new(0, Purpose);

    /// <summary>Quantizes T rows.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="rows">[T, I].</param>
    /// <param name="tokens">T.</param>
    /// <param name="tileRows">Rows of a tile; the last may have fewer.</param>
    /// <returns>The tiles one after another.</returns>
    public byte* ToCodes(Team team, in RowSource rows, int tokens, int tileRows)
    {
        byte* output = Room(ref _codes, RowPacking.CodeBytes(tokens, rows.Size));
        ToCodes(team, rows, tokens, new(0, rows.Size, tileRows), output);
        return output;
    }

    /// <summary>Quantizes some of the inputs of T rows.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="rows">[T, inputs].</param>
    /// <param name="tokens">T.</param>
    /// <param name="part">Where they belong.</param>
    /// <param name="output">The tiles of whole rows.</param>
    public static void ToCodes(Team team, in RowSource rows, int tokens, CodePart part, byte* output) => Pack(team, new()
    {
        Rows = rows,
        Tokens = tokens,
        TileRows = part.TileRows,
        RowBytes = RowPacking.CodeBytes(1, part.Inputs),
        FirstBlock = part.First / CodeBlock.Length,
        AreCodes = true,
        Output = output,
    });

    /// <summary>Some inputs of rows.</summary>
    /// <param name="First">The first, at the beginning of two blocks.</param>
    /// <param name="Inputs">All inputs of a row.</param>
    /// <param name="TileRows">Rows of a tile; the last may have fewer.</param>
    public readonly record struct CodePart(int First, int Inputs, int TileRows);

    /// <summary>Rounds T rows to bf16.</summary>
    /// <returns>The rows one after another.</returns>
    public byte* ToBFloat16(Team team, in RowSource rows, int tokens)
    {
        byte* output = Room(ref _halves, RowPacking.BFloat16Bytes(tokens, rows.Size));
        Pack(team, new() { Rows = rows, Tokens = tokens, TileRows = RowPacking.TileRows, RowBytes = RowPacking.BFloat16RowBytes(rows.Size), Output = output });
        return output;
    }

    /// <summary>Computes T rows, for products in fp32.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="rows">[T, I].</param>
    /// <param name="tokens">T.</param>
    /// <param name="step">Numbers from a row to the next.</param>
    /// <returns>The rows one after another.</returns>
    public float* ToFloats(Team team, in RowSource rows, int tokens, int step)
    {
        float* floats = (float*)Room(ref _floats, (long)tokens * step * sizeof(float));
        rows.WriteTo(team, floats, tokens, step);
        return floats;
    }

    private static void Pack(Team team, Work work) => team.Run(ref work, (work.Tokens + work.TileRows - 1) / work.TileRows);

    private static byte* Room(ref AlignedBuffer buffer, long bytes)
    {
        if (buffer.Count * sizeof(float) < bytes)
            buffer = new((bytes + Step - 1) / Step * Step / sizeof(float), Purpose);
        return (byte*)buffer.Pointer;
    }

    /// <summary>An item is a tile.</summary>
    private struct Work : IWork
    {
        public RowSource Rows;
        public byte* Output;
        public int Tokens, TileRows, FirstBlock;
        public long RowBytes;
        public bool AreCodes;

        public readonly void Run(int item)
        {
            int first = item * TileRows, count = Math.Min(TileRows, Tokens - first), size = Rows.Size;
            byte* output = Output + (first * (nint)RowBytes) + (FirstBlock * (nint)count * RowPacking.CodeRowBytes);
            float* input = Rows.Rows + ((nint)first * size);
            if (Rows.Rows == null)
            {
                input = (float*)ThreadScratch.Get((long)count * size * sizeof(float));
                Rows.Compute(first, count, input, size);
            }
            if (AreCodes)
                RowPacking.ToCodes(input, count, size, output);
            else
                RowPacking.ToBFloat16(input, count, size, output);
        }
    }
}
