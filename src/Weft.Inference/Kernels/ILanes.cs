namespace Weft.Inference.Kernels;

/// <summary>
/// The arithmetic of one vector width. A kernel is written once over this contract and compiled for 512, 256 and 128 bits; the
/// narrowest also runs, slowly, where the machine has no vector instructions.
/// </summary>
/// <typeparam name="TVector">The vector type: its lanes are fp32.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Broadcast(float value);

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>left·right + addend, fused where the machine can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The greater one; the right one where either is no number.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>The smaller one; the right one where either is no number.</summary>
    static abstract TVector Min(TVector left, TVector right);

    /// <summary>The nearest whole number, the even one of two.</summary>
    static abstract TVector Round(TVector value);

    /// <summary>2^n of whole numbers from -127, which gives 0, to 128, which gives infinity.</summary>
    static abstract TVector PowerOfTwo(TVector value);

    static abstract TVector Abs(TVector value);

    /// <summary>Lanes of <paramref name="yes"/> where <paramref name="value"/> is above zero, of <paramref name="no"/> elsewhere.</summary>
    static abstract TVector WherePositive(TVector value, TVector yes, TVector no);

    /// <summary>The sums over the lanes of four vectors. Each sum adds in the same order whatever its place among the four.</summary>
    static abstract System.Runtime.Intrinsics.Vector128<float> Sum4(TVector a, TVector b, TVector c, TVector d);

    /// <summary>The greatest lanes of four vectors.</summary>
    static abstract System.Runtime.Intrinsics.Vector128<float> Max4(TVector a, TVector b, TVector c, TVector d);
}
