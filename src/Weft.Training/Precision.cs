using System.Runtime.Serialization;

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
}

/// <summary>Resolves <see cref="Precision.Automatic"/>.</summary>
public static class PrecisionChoice
{
    /// <summary>The precision that this machine will use.</summary>
    public static Precision Resolve(this Precision precision) =>
        precision != Precision.Automatic ? precision
        : Native.CpuFeatures.HasBFloat16Arithmetic ? Precision.BFloat16
        : Precision.Float32;
}
