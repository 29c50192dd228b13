using Weft.Inference.Threading;
using Weft.Inference.Weights;

namespace Weft.Inference.Kernels.Panels;

// T tokens, I inputs.

/// <summary>Rows of input in the forms that products read, made once for all matrices that share them. Memory grows to the greatest need.</summary>
internal sealed unsafe class RowBuffers
{
    private const string Purpose = "packed rows";

    private AlignedBuffer _codes = new(0, Purpose), _halves = new(0, Purpose);

    /// <summary>Quantizes T rows.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="x">[T, I].</param>
    /// <param name="tokens">T.</param>
    /// <param name="inputs">I.</param>
    /// <param name="tileRows">Rows of a tile; the last may have fewer.</param>
    /// <returns>The tiles one after another.</returns>
    public byte* ToCodes(Team team, float* x, int tokens, int inputs, int tileRows) => Pack(team, ref _codes, RowPacking.CodeBytes(tokens, inputs), new()
    {
        Input = x,
        Tokens = tokens,
        Inputs = inputs,
        TileRows = tileRows,
        RowBytes = RowPacking.CodeBytes(1, inputs),
        AreCodes = true,
    });

    /// <summary>Rounds T rows to bf16.</summary>
    /// <returns>The rows one after another.</returns>
    public byte* ToBFloat16(Team team, float* x, int tokens, int inputs) => Pack(team, ref _halves, RowPacking.BFloat16Bytes(tokens, inputs), new()
    {
        Input = x,
        Tokens = tokens,
        Inputs = inputs,
        TileRows = RowPacking.TileRows,
        RowBytes = RowPacking.BFloat16RowBytes(inputs),
    });

    private static byte* Pack(Team team, ref AlignedBuffer buffer, long bytes, Work work)
    {
        long count = (bytes + sizeof(float) - 1) / sizeof(float);
        if (buffer.Count < count)
            buffer = new(count, Purpose);
        work.Output = (byte*)buffer.Pointer;
        team.Run(ref work, (work.Tokens + work.TileRows - 1) / work.TileRows);
        return work.Output;
    }

    /// <summary>An item is a tile.</summary>
    private struct Work : IWork
    {
        public float* Input;
        public byte* Output;
        public int Tokens, Inputs, TileRows;
        public long RowBytes;
        public bool AreCodes;

        public readonly void Run(int item)
        {
            int first = item * TileRows, rows = Math.Min(TileRows, Tokens - first);
            float* input = Input + ((nint)first * Inputs);
            byte* output = Output + (first * (nint)RowBytes);
            if (AreCodes)
                RowPacking.ToCodes(input, rows, Inputs, output);
            else
                RowPacking.ToBFloat16(input, rows, Inputs, output);
        }
    }
}
