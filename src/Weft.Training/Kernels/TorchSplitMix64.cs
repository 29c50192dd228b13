using TorchSharp;

using static TorchSharp.torch;

namespace Weft.Training.Kernels;

/// <summary>
/// <see cref="SplitMix64"/> by torch's operators, on any device: its whole numbers of 64 bits wrap around as ours do. TorchSharp has no generators of random numbers but
/// the processor's, and with equal bits everywhere a seed drops the same elements on all devices.
/// </summary>
internal static class TorchSplitMix64
{
    private const int HalfBits = 32;

    /// <summary>32 random bits for each element, [count], as whole numbers: element i has the low half of number i/2 where i is even, else the high half.</summary>
    /// <param name="key">Of the sequence.</param>
    /// <param name="first">Index of the first element in it.</param>
    /// <param name="count">Elements.</param>
    /// <param name="device">Where they are computed.</param>
    public static Tensor Halves(ulong key, ulong first, long count, Device device)
    {
        using var scope = NewDisposeScope();
        long odd = (long)(first & 1);
        using Scalar numbers = (odd + count + 1) / 2, golden = Signed(SplitMix64.Golden), begin = Signed(unchecked(key + (((first / 2) + 1) * SplitMix64.Golden)));
        Tensor z = arange(numbers, ScalarType.Int64, device).mul_(golden).add_(begin);
        Mix(z, 30, SplitMix64.First);
        Mix(z, 27, SplitMix64.Second);
        z.bitwise_xor_(Shift(z, 31));
        Tensor low = z.bitwise_and(Number((1L << HalfBits) - 1, device));
        return stack([low, Shift(z, HalfBits)], 1).reshape(-1).narrow(0, odd, count).MoveToOuterDisposeScope();
    }

    /// <summary>(z ^ (z >> bits))·factor, in place.</summary>
    private static void Mix(Tensor z, int bits, ulong factor)
    {
        using Scalar number = Signed(factor);
        z.bitwise_xor_(Shift(z, bits)).mul_(number);
    }

    /// <summary>Zeros come in from the left; torch's own shift brings the sign.</summary>
    private static Tensor Shift(Tensor z, int bits) =>
        z.bitwise_right_shift(Number(bits, z.device)).bitwise_and_(Number((1L << (64 - bits)) - 1, z.device));

    private static long Signed(ulong bits) => unchecked((long)bits);

    private static Tensor Number(long value, Device device)
    {
        using Scalar number = value;
        return full([1], number, ScalarType.Int64, device);
    }
}
