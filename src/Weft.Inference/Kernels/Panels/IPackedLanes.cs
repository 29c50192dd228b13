namespace Weft.Inference.Kernels.Panels;

/// <summary>Four rows of codes in registers; a row is four neighbouring inputs of each lane's output.</summary>
internal struct FourRows<TBits>
{
    public TBits A, B, C, D;
}

/// <summary>Bits and products of codes in vectors of one width.</summary>
/// <typeparam name="TBits">Lanes of 32 bits.</typeparam>
/// <typeparam name="TVector">The same lanes in fp32.</typeparam>
internal unsafe interface IPackedLanes<TBits, TVector>
    where TBits : struct
    where TVector : struct
{
    /// <summary>Lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Whether products of signed bytes want 128 added to each, which the caller takes back.</summary>
    static abstract bool OffsetsBytes { get; }

    /// <summary>A number in all lanes, shifted to the right; how far is a constant.</summary>
    static abstract TBits Broadcast(int value, int right);

    static abstract TBits Load(byte* source);

    static abstract TBits Or(TBits left, TBits right);

    /// <summary>Shifts lanes to the left, or to the right by a number below zero, and keeps the bits of a mask.</summary>
    static abstract TBits Part(TBits bits, int left, uint mask);

    /// <summary>The same of bits in memory.</summary>
    static abstract TBits LoadPart(byte* source, int left, uint mask);

    /// <summary>Signed bytes as <see cref="AddProducts"/> wants them.</summary>
    static abstract TBits LoadBytes(byte* source);

    /// <summary>Adds the products with 16 inputs, signed bytes from -127, to sums.</summary>
    /// <param name="sum">The sums.</param>
    /// <param name="rows">Unsigned codes of at most 6 bits, or what <see cref="LoadBytes"/> gave.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="bits">Bits of a code, 8 for <see cref="LoadBytes"/>; a constant.</param>
    static abstract TBits AddProducts(TBits sum, in FourRows<TBits> rows, byte* inputs, int bits);

    static abstract TVector Convert(TBits sum);

    /// <summary>Bytes, one a lane.</summary>
    static abstract TBits WidenBytes(byte* source);

    /// <summary>Signed bytes, one a lane.</summary>
    static abstract TBits WidenSignedBytes(byte* source);

    /// <summary>fp16 numbers, one a lane.</summary>
    static abstract TVector WidenHalves(byte* source);

    static abstract TVector LoadFloats(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Scale(TVector left, float right);

    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    static abstract TVector MultiplyAdd(TVector left, float right, TVector addend);
}
