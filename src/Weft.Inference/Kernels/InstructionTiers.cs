namespace Weft.Inference.Kernels;

/// <summary>Kinds of kernels, the fastest last.</summary>
internal enum InstructionTier
{
    /// <summary>Products of codes one number after the other: the specification of the others. What is no product of codes stays in vectors.</summary>
    Scalar,

    /// <summary>Vectors of .NET's own intrinsics, of whatever width the machine has.</summary>
    Vector,

    /// <summary>Machine code written at run time, for instructions that .NET does not have.</summary>
    Assembled,
}

/// <summary>Which kinds of kernels may be used: all that the machine has, or up to the one that <see cref="Variable"/> names.</summary>
internal static class InstructionTiers
{
    /// <summary>Environment variable: <c>scalar</c>, <c>vector</c> or <c>assembled</c>.</summary>
    public const string Variable = "WEFT_ISA";

    // What the variable cannot mean is refused where a model is loaded, see Check.
    private static readonly InstructionTier Greatest = TryParse(Environment.GetEnvironmentVariable(Variable), out InstructionTier tier) ? tier : InstructionTier.Assembled;

    /// <summary>Whether kernels of that kind may be used.</summary>
    public static bool Allows(InstructionTier tier) => tier <= Greatest;

    /// <exception cref="ArgumentException">The variable names no kind.</exception>
    public static void Check(string? value)
    {
        if (!TryParse(value, out _))
            throw new ArgumentException($"{Variable} is '{value}'; use scalar, vector or assembled, or leave it away");
    }

    private static bool TryParse(string? value, out InstructionTier tier)
    {
        tier = InstructionTier.Assembled;
        return string.IsNullOrEmpty(value) || (Enum.TryParse(value, ignoreCase: true, out tier) && Enum.IsDefined(tier) && !char.IsAsciiDigit(value[0]));
    }
}
