using System.Runtime.Intrinsics;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels.Panels;

// I inputs.

/// <summary>
/// Rows of fp16 whose numbers are all numbers of bf16 too, as those of a model are that was trained in bf16: rounding its weights to fp16 keeps every number
/// up to 65,504, and what of smaller ones is left has few enough digits. Packed as bf16, nothing of them is lost.
/// </summary>
internal static unsafe class HalfRows
{
    /// <summary>Whether all numbers of a row are.</summary>
    public static bool AreBFloat16(ushort* row, int inputs)
    {
        int i = 0;
        for (; i <= inputs - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
            if (Vector512.GreaterThanAny(LostDigits(Vector512.Load(row + i)), Vector512<ushort>.Zero))
                return false;
        for (; i < inputs; i++)
            if (LostDigits(Vector512.CreateScalar(row[i])) != Vector512<ushort>.Zero)
                return false;
        return true;
    }

    /// <summary>Writes one row as a lane of a panel of bf16, whose memory is zero before.</summary>
    public static void PackBFloat16(ushort* row, int inputs, byte* panel, int lane)
    {
        for (int i = 0; i < inputs; i++)
            ((ushort*)panel)[(((i / 2 * PanelLayout.Width) + lane) * 2) + (i % 2)] =
                (ushort)(BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf(row[i])) >> 16);
    }

    /// <summary>Digits that bf16, with seven behind the first, has no room for.</summary>
    private static Vector512<ushort> LostDigits(Vector512<ushort> halves)
    {
        Vector512<ushort> exponent = halves & Vector512.Create((ushort)0x7c00), fraction = halves & Vector512.Create((ushort)0x3ff);
        // Without an exponent the first digit is one of the fraction's, in the place of 512, of 256, or low enough for all.
        Vector512<ushort> below = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(fraction, Vector512.Create((ushort)512)), Vector512.Create((ushort)3),
            Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(fraction, Vector512.Create((ushort)256)), Vector512<ushort>.One, Vector512<ushort>.Zero));
        return fraction & Vector512.ConditionalSelect(Vector512.Equals(exponent, Vector512<ushort>.Zero), below, Vector512.Create((ushort)7));
    }

    /// <summary>Looks at rows until one is found that has other numbers. An item is a few rows.</summary>
    internal struct Check : IWork
    {
        private const int RowsPerItem = 16;

        /// <summary>Of [I] numbers.</summary>
        public byte** Rows;

        public int RowCount;

        /// <summary>I.</summary>
        public int Inputs;

        /// <summary>Set where other numbers were found.</summary>
        public int* Found;

        public readonly int Items => (RowCount + RowsPerItem - 1) / RowsPerItem;

        public readonly void Run(int item)
        {
            for (int row = item * RowsPerItem; row < Math.Min(RowCount, (item + 1) * RowsPerItem) && Volatile.Read(ref *Found) == 0; row++)
                if (!AreBFloat16((ushort*)Rows[row], Inputs))
                    Volatile.Write(ref *Found, 1);
        }
    }
}
