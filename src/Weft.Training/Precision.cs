using System.Runtime.Serialization;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>Element type of the forward and backward computation. Master weights and optimizer state are always fp32.</summary>
public enum Precision
{
    /// <summary>bf16 where the processor multiplies bf16 matrices natively, else fp32.</summary>
    Automatic,

    /// <summary>fp32 throughout.</summary>
    Float32,

    /// <summary>bf16 activations and weight copies, fp32 loss.</summary>
    [EnumMember(Value = "bfloat16")]
    BFloat16,

    /// <summary>fp16 activations and weight copies, fp32 loss times a scale that follows the gradients; on CUDA devices only.</summary>
    Float16,
}

/// <summary>Resolves <see cref="Precision.Automatic"/>.</summary>
public static class PrecisionChoice
{
    /// <summary>The precision that this machine's processor will use.</summary>
    /// <exception cref="NotSupportedException">A processor does not compute in fp16.</exception>
    public static Precision Resolve(this Precision precision) => precision.Resolve(onCuda: false);

    /// <summary>The precision that a device will use.</summary>
    /// <exception cref="NotSupportedException">A processor does not compute in fp16.</exception>
    internal static Precision Resolve(this Precision precision, bool onCuda) => precision switch
    {
        Precision.Automatic => onCuda || Native.CpuFeatures.HasBFloat16Arithmetic ? Precision.BFloat16 : Precision.Float32,
        Precision.Float16 when !onCuda => throw new NotSupportedException(
            "precision float16 needs a CUDA device, but the run computes on the processor; choose bfloat16 or float32"),
        _ => precision,
    };

    internal static ScalarType ToScalarType(this Precision precision) => precision switch
    {
        Precision.BFloat16 => ScalarType.BFloat16,
        Precision.Float16 => ScalarType.Float16,
        _ => ScalarType.Float32,
    };
}
