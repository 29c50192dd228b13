using System.Runtime.Intrinsics;

using TorchSharp;

using Weft.Inference.Threading;
using Weft.Training.Adapters;

using static TorchSharp.torch;

namespace Weft.Training.Kernels;

/// <summary>Numbers of <see cref="NormalFloat"/> to fp32 or bf16: the 16 values are one register, in which a code is an index.</summary>
internal static unsafe class FourBitWidening
{
    /// <summary>It can be computed here.</summary>
    public static bool Fits(Tensor result) => result.device.type == DeviceType.CPU && result.dtype is ScalarType.BFloat16 or ScalarType.Float32 && result.is_contiguous();

    /// <summary>Fills a tensor.</summary>
    /// <param name="codes">Of <see cref="NormalFloat.Encode(ReadOnlySpan{float}, Span{byte}, Span{sbyte}, Span{float})"/>.</param>
    /// <param name="steps">Of the same.</param>
    /// <param name="scales">Of the same, and the mean behind them.</param>
    /// <param name="result">As many numbers as were encoded.</param>
    public static void Compute(Tensor codes, Tensor steps, Tensor scales, Tensor result)
    {
        var work = new Work
        {
            Codes = TorchTeam.Data(codes),
            Steps = (sbyte*)TorchTeam.Data(steps),
            Scales = (float*)TorchTeam.Data(scales),
            Mean = ((float*)TorchTeam.Data(scales))[scales.numel() - 1],
            Result = TorchTeam.Data(result),
            IsNarrow = result.dtype == ScalarType.BFloat16,
            Count = result.numel(),
        };
        TorchTeam.Run(team => team.Run(ref work, (int)((work.Count + Work.Portion - 1) / Work.Portion)));
    }

    /// <summary>An item is some blocks.</summary>
    private struct Work : IWork
    {
        /// <summary>Numbers of an item.</summary>
        public const int Portion = NormalFloat.GroupLength * NormalFloat.BlockLength;

        private const int Lanes = 16;

        public byte* Codes;

        public sbyte* Steps;

        public float* Scales;

        public float Mean;

        public byte* Result;

        public bool IsNarrow;

        public long Count;

        public readonly void Run(int item)
        {
            Vector512<float> values = Vector512.Create(NormalFloat.Values);
            long end = Math.Min(Count, ((long)item + 1) * Portion);
            float* rest = stackalloc float[NormalFloat.BlockLength];
            for (long first = (long)item * Portion; first < end; first += NormalFloat.BlockLength)
            {
                int left = (int)Math.Min(NormalFloat.BlockLength, end - first);
                bool whole = left == NormalFloat.BlockLength;
                byte* target = whole ? Result + (first * (IsNarrow ? sizeof(ushort) : sizeof(float))) : (byte*)rest;
                Widen((int)(first / NormalFloat.BlockLength), values * Vector512.Create(NormalFloat.Magnitude(Mean, Scales[item], Steps[first / NormalFloat.BlockLength])), target);
                if (whole)
                    continue;
                if (IsNarrow)
                    new ReadOnlySpan<ushort>(rest, left).CopyTo(new((ushort*)Result + first, left));
                else
                    new ReadOnlySpan<float>(rest, left).CopyTo(new((float*)Result + first, left));
            }
        }

        /// <summary>One block.</summary>
        private readonly void Widen(int block, Vector512<float> values, byte* target)
        {
            byte* codes = Codes + ((nint)block * NormalFloat.BlockBytes);
            Vector512<uint> first = Bytes(codes), second = Bytes(codes + Lanes), low = Vector512.Create(15u);
            Store(Of(values, first & low), Of(values, second & low), target, 0);
            Store(Of(values, first >> 4), Of(values, second >> 4), target, NormalFloat.BlockBytes);
        }

        private static Vector512<uint> Bytes(byte* codes)
        {
            (Vector256<ushort> words, _) = Vector256.Widen(Vector256.Create(Vector128.Load(codes), default));
            (Vector256<uint> first, Vector256<uint> second) = Vector256.Widen(words);
            return Vector512.Create(first, second);
        }

        private static Vector512<float> Of(Vector512<float> values, Vector512<uint> codes) => Vector512.ShuffleNative(values, codes.AsInt32());

        private readonly void Store(Vector512<float> first, Vector512<float> second, byte* target, int at)
        {
            if (IsNarrow)
            {
                BFloat16Vectors.Store(first, second, (ushort*)target + at);
                return;
            }
            first.Store((float*)target + at);
            second.Store((float*)target + at + Lanes);
        }
    }
}
