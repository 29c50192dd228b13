using TorchSharp;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Arithmetic of tensors with numbers. TorchSharp reads the handle of a number before it calls torch, and nothing keeps the number alive
/// from then on: a collection in between frees it under the call. Here it lives until the call is over.
/// </summary>
internal static class Scalars
{
    /// <summary>x·factor.</summary>
    public static Tensor Times(this Tensor x, double factor)
    {
        using Scalar number = factor;
        return x.mul(number);
    }

    /// <summary>x + term.</summary>
    public static Tensor Plus(this Tensor x, double term)
    {
        using Scalar number = term;
        return x.add(number);
    }

    /// <summary>x + y; torch's own operator multiplies y with a number, 1, that nothing keeps alive either.</summary>
    public static Tensor Plus(this Tensor x, Tensor y)
    {
        using Scalar number = 1;
        return x.add(y, number);
    }

    /// <summary>Whole numbers divided by one, rounded down.</summary>
    public static Tensor DividedBy(this Tensor x, long divisor)
    {
        using Scalar number = divisor;
        return x.div(number, RoundingMode.floor);
    }

    /// <summary>Where x is a number.</summary>
    public static Tensor Is(this Tensor x, long value)
    {
        using Scalar number = value;
        return x.eq(number);
    }

    /// <summary>x *= factor.</summary>
    public static Tensor TimesInPlace(this Tensor x, double factor)
    {
        using Scalar number = factor;
        return x.mul_(number);
    }

    /// <summary>x += term.</summary>
    public static Tensor PlusInPlace(this Tensor x, double term)
    {
        using Scalar number = term;
        return x.add_(number);
    }

    /// <summary>x += y, by the same reason not by torch's own form without a factor.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor y)
    {
        using Scalar number = 1;
        return x.add_(y, number);
    }

    /// <summary>x += factor·left·right.</summary>
    public static Tensor AddProductInPlace(this Tensor x, Tensor left, Tensor right, double factor = 1)
    {
        using Scalar number = factor;
        return x.addcmul_(left, right, number);
    }

    /// <summary>x[index[i]] += source[i], along the first dimension.</summary>
    public static Tensor AddRowsInPlace(this Tensor x, Tensor index, Tensor source)
    {
        using Scalar one = 1.0;
        return x.index_add_(0, index, source, one);
    }

    /// <summary>A tensor of one value throughout.</summary>
    public static Tensor Filled(long[] shape, double value, ScalarType type, Device device)
    {
        using Scalar number = value;
        return full(shape, number, type, device);
    }

    /// <summary>Every element becomes <paramref name="value"/>, in place.</summary>
    public static void Fill(this Tensor x, double value)
    {
        using Scalar number = value;
        x.fill_(number);
    }

    /// <summary>cap·tanh(x/cap).</summary>
    public static Tensor SoftCap(this Tensor x, double cap) => x.Times(1 / cap).tanh().Times(cap);
}
