using System.Runtime.Intrinsics;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, I inputs (the reduced dimension), O outputs.

/// <summary>
/// Output = input · weightᵀ (+ bias) (+ output), for one or more matrices that share the input. The weights are used where they
/// lie, row-major [O, I]: both operands run along I, so nothing is repacked, and a mapped file serves as it is.
/// </summary>
internal static unsafe class MatMul
{
    /// <summary>
    /// Six rows of input in the first cache level, a block of weights in the second; measured best between 64 and 256 KB.
    /// </summary>
    private const int WeightBlockBytes = 128 * 1024;

    /// <summary>Fewer outputs would make claiming a block dearer than computing it.</summary>
    private const int FewestOutputs = 16;

    /// <summary>A block of weights is used for this many tokens at once; a multiple of the tallest tile.</summary>
    private const int MostTokens = 96;

    /// <summary>Computes all projections of [T, I] in one parallel region.</summary>
    public static void Execute(Team team, float* x, int tokens, int inputs, ReadOnlySpan<Projection> projections)
    {
        int outputsPerBlock = Math.Max(FewestOutputs, WeightBlockBytes / (inputs * sizeof(float)) / 4 * 4);
        fixed (Projection* first = projections)
        {
            var work = new Work
            {
                Input = x,
                Inputs = inputs,
                Tokens = tokens,
                Projections = first,
                ProjectionCount = projections.Length,
                OutputsPerBlock = outputsPerBlock,
            };
            int blocks = 0;
            foreach (ref readonly Projection projection in projections)
                blocks += Blocks(projection.Outputs, outputsPerBlock);
            work.OutputBlocks = blocks;
            team.Run(ref work, blocks * Blocks(tokens, MostTokens));
        }
    }

    /// <summary>The specification of the product: one element after the other.</summary>
    public static void ExecuteScalar(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> output, int inputs)
    {
        int outputs = weight.Length / inputs;
        for (int t = 0; t < x.Length / inputs; t++)
        {
            for (int o = 0; o < outputs; o++)
            {
                float sum = 0;
                for (int i = 0; i < inputs; i++)
                    sum += x[(t * inputs) + i] * weight[(o * inputs) + i];
                output[(t * outputs) + o] = sum + (bias.IsEmpty ? 0 : bias[o]);
            }
        }
    }

    private static int Blocks(int count, int size) => (count + size - 1) / size;

    private struct Work : IWork
    {
        public float* Input;
        public int Inputs;
        public int Tokens;
        public Projection* Projections;
        public int ProjectionCount;
        public int OutputsPerBlock;
        public int OutputBlocks;

        public readonly void Run(int item)
        {
            int token = item / OutputBlocks * MostTokens;
            int block = item % OutputBlocks;
            Projection* projection = Projections;
            for (int blocks; block >= (blocks = Blocks(projection->Outputs, OutputsPerBlock)); projection++)
                block -= blocks;
            int output = block * OutputsPerBlock;
            int tokenEnd = Math.Min(Tokens, token + MostTokens);
            int outputEnd = Math.Min(projection->Outputs, output + OutputsPerBlock);
            if (Vector512.IsHardwareAccelerated)
                Tiles<Lanes512, Vector512<float>>(*projection, token, tokenEnd, output, outputEnd);
            else if (Vector256.IsHardwareAccelerated)
                Tiles<Lanes256, Vector256<float>>(*projection, token, tokenEnd, output, outputEnd);
            else
                Tiles<Lanes128, Vector128<float>>(*projection, token, tokenEnd, output, outputEnd);
        }

        private readonly void Tiles<TLanes, TVector>(in Projection projection, int token, int tokenEnd, int output, int outputEnd)
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
        {
            const int Tall = MatMulTile<TLanes, TVector>.MostTokens, Outputs = MatMulTile<TLanes, TVector>.Outputs;
            int whole = output + ((outputEnd - output) / Outputs * Outputs);
            // Rows of input stay in the first cache level while the block of weights passes by.
            if (Vector512.IsHardwareAccelerated)
                for (; token <= tokenEnd - Tall; token += Tall)
                    for (int o = output; o < outputEnd; o += Outputs)
                        if (o < whole)
                            MatMulTile<TLanes, TVector>.Six(Input, Inputs, projection, token, o);
                        else
                            Edge<TLanes, TVector>(projection, token, token + Tall, o);
            for (; token <= tokenEnd - 2; token += 2)
                for (int o = output; o < outputEnd; o += Outputs)
                    if (o < whole)
                        MatMulTile<TLanes, TVector>.Two(Input, Inputs, projection, token, o);
                    else
                        Edge<TLanes, TVector>(projection, token, token + 2, o);
            if (token < tokenEnd)
                for (int o = output; o < outputEnd; o += Outputs)
                    MatMulTile<TLanes, TVector>.One(Input, Inputs, projection, token, o);
        }

        private readonly void Edge<TLanes, TVector>(in Projection projection, int token, int tokenEnd, int output)
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
        {
            for (; token < tokenEnd; token++)
                MatMulTile<TLanes, TVector>.One(Input, Inputs, projection, token, output);
        }
    }
}
