namespace Weft.Model.Checkpoints.Gguf;

/// <summary>GGUF's numbers of tensor types (<c>ggml_type</c>).</summary>
internal static class GgufTensorTypes
{
    private static readonly Dictionary<uint, ElementType> Known = new()
    {
        [0] = ElementType.F32,
        [1] = ElementType.F16,
        [2] = ElementType.Q4_0,
        [3] = ElementType.Q4_1,
        [6] = ElementType.Q5_0,
        [7] = ElementType.Q5_1,
        [8] = ElementType.Q8_0,
        [10] = ElementType.Q2_K,
        [11] = ElementType.Q3_K,
        [12] = ElementType.Q4_K,
        [13] = ElementType.Q5_K,
        [14] = ElementType.Q6_K,
        [24] = ElementType.I8,
        [25] = ElementType.I16,
        [26] = ElementType.I32,
        [27] = ElementType.I64,
        [28] = ElementType.F64,
        [30] = ElementType.BF16,
    };

    /// <summary>Types that others write and that are not read here, so that an error can name them.</summary>
    private static readonly Dictionary<uint, string> Others = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [20] = "IQ4_NL",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [23] = "IQ4_XS",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    public static ElementType? Find(uint number) => Known.TryGetValue(number, out ElementType type) ? type : null;

    public static uint? NumberOf(ElementType type)
    {
        foreach ((uint number, ElementType known) in Known)
            if (known == type)
                return number;
        return null;
    }

    public static string Describe(uint number) => Others.TryGetValue(number, out string? name) ? $"{number} ({name})" : $"{number}";

    public static string Readable => string.Join(", ", Known.Values);
}
