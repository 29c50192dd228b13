using System.Collections.Immutable;

using Weft.Model.Spec;
using Weft.Training.Kernels;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Adapters;

/// <summary>
/// A frozen matrix in 4 bits (<see cref="NormalFloat"/>), widened to the compute type at each use and let go after it, in the forward pass and once more in the backward pass.
/// Legend: N tokens, I inputs, O outputs.
/// </summary>
/// <remarks>
/// NF4 and not blocks of GGUF: it is what adapters of others were trained beside, it takes numbers in any order, so that rows of any length fit, and torch's operators widen it on
/// every device.
/// </remarks>
internal sealed class FourBitWeight(ImmutableArray<ParameterSpec> parts, Device device) : ILinearWeight, IParameterRows
{
    private readonly FourBitRows[] _rows = [.. parts.Select(part => new FourBitRows(part.Count, device))];

    /// <inheritdoc cref="ILinearWeight.Parts"/>
    public ImmutableArray<ParameterSpec> Parts { get; } = parts;

    /// <inheritdoc/>
    public IEnumerable<Tensor> Kept => _rows.SelectMany(rows => rows.Kept);

    private long Inputs => Parts[0].Shape[1];

    private long Outputs => Parts.Sum(part => part.Shape[0]);

    /// <summary>Bytes that such a parameter takes.</summary>
    public static long BytesOf(ParameterSpec parameter)
    {
        int blocks = NormalFloat.Blocks(parameter.Count);
        return ((long)blocks * (NormalFloat.BlockBytes + sizeof(sbyte))) + ((NormalFloat.Groups(blocks) + 1L) * sizeof(float));
    }

    /// <inheritdoc/>
    public Tensor Project(Tensor x, Tensor? bias) => x.dim() == 2
        ? FourBitProduct.Apply(x, this, bias)
        : FourBitProduct.Apply(x.reshape(-1, Inputs), this, bias).view([.. x.shape[..^1], Outputs]);

    /// <inheritdoc/>
    public Tensor Rows(int part, ScalarType type)
    {
        Tensor rows = empty(Parts[part].Shape.ToArray(), type, device);
        _rows[part].WidenInto(rows);
        return rows;
    }

    /// <summary>All rows in a type, [O, I].</summary>
    public Tensor Widen(ScalarType type)
    {
        Tensor all = empty([Outputs, Inputs], type, device);
        long first = 0;
        for (int part = 0; part < Parts.Length; part++)
        {
            using Tensor rows = all.narrow(0, first, Parts[part].Shape[0]);
            _rows[part].WidenInto(rows);
            first += Parts[part].Shape[0];
        }
        return all;
    }

    /// <inheritdoc/>
    public float[] ReadRows(int part)
    {
        using var scope = NewDisposeScope();
        return Rows(part, ScalarType.Float32).cpu().data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void WriteRows(int part, float[] values) => _rows[part].Set(values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor kept in Kept)
            kept.Dispose();
    }
}

/// <summary>Numbers in 4 bits.</summary>
internal sealed class FourBitRows
{
    private readonly long _count;
    private readonly Tensor _codes;
    private readonly Tensor _steps;

    /// <summary>One a group, and the mean behind them.</summary>
    private readonly Tensor _scales;

    /// <param name="count">How many.</param>
    /// <param name="device">Where they are kept.</param>
    public FourBitRows(long count, Device device)
    {
        _count = count;
        int blocks = NormalFloat.Blocks(count);
        _codes = zeros([blocks, NormalFloat.BlockBytes], ScalarType.Byte, device).DetachFromDisposeScope();
        _steps = zeros(blocks, ScalarType.Int8, device).DetachFromDisposeScope();
        _scales = zeros(NormalFloat.Groups(blocks) + 1, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    public IEnumerable<Tensor> Kept => [_codes, _steps, _scales];

    public void Set(float[] values)
    {
        byte[] codes = new byte[_codes.numel()];
        sbyte[] steps = new sbyte[_steps.numel()];
        float[] scales = new float[_scales.numel()];
        scales[^1] = NormalFloat.Encode(values, codes, steps, scales.AsSpan(..^1));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _codes.copy_(tensor(codes, _codes.shape, device: CPU));
        _steps.copy_(tensor(steps, device: CPU));
        _scales.copy_(tensor(scales, device: CPU));
    }

    /// <summary>Fills a tensor of so many numbers, which lie together.</summary>
    public void WidenInto(Tensor result)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (FourBitWidening.Fits(result))
            FourBitWidening.Compute(_codes, _steps, _scales, result);
        else
            result.copy_(ByTorch().narrow(0, 0, _count).view(result.shape));
    }

    /// <summary>By torch's operators, on any device and in fp32.</summary>
    internal Tensor ByTorch()
    {
        long blocks = _steps.numel();
        Tensor values = tensor(NormalFloat.Values, device: _codes.device);
        using TorchSharp.Scalar half = 16;
        Tensor numbers = _codes.to(ScalarType.Int32);
        Tensor high = numbers.div(half, RoundingMode.floor), low = numbers.remainder(half);
        Tensor ofCodes = values.index_select(0, cat([low, high], 1).reshape(-1)).view(blocks, NormalFloat.BlockLength);
        Tensor scales = _scales.narrow(0, 0, _scales.numel() - 1).repeat_interleave(NormalFloat.GroupLength).narrow(0, 0, blocks);
        Tensor magnitudes = _scales.narrow(0, _scales.numel() - 1, 1).Plus(scales * _steps.to(ScalarType.Float32));
        return (ofCodes * magnitudes.unsqueeze(1)).reshape(-1);
    }
}
