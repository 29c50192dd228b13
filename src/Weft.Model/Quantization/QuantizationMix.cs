using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Model.Quantization;

/// <summary>
/// Which tensor of a model gets which type, as llama.cpp mixes them (<c>src/llama-quant.cpp</c>, <c>llama_tensor_get_type</c>): most get the type that the
/// mix is named for, and those where errors do more harm one with more bits.
/// </summary>
public sealed record QuantizationMix
{
    /// <summary>Blocks of the 70B models that llama.cpp gives more bits for values.</summary>
    private const int LargestBlocks = 80;

    /// <summary>Experts of Mixtral, for whose attention llama.cpp has rules of its own.</summary>
    private const int MixtralExperts = 8;

    /// <summary>Queries that share a key and a value, from which on those get more bits.</summary>
    private const int ManyQueries = 4;

    private enum Size
    {
        Plain,
        Small,
        Medium,
        Large,
    }

    private enum Role
    {
        Kept,
        Output,
        Embedding,
        Value,
        Key,
        AttentionOutput,
        Down,
        Other,
    }

    private readonly Size _size;

    private QuantizationMix(string name, ElementType main, uint fileType, Size size = Size.Plain) => (Name, Main, FileType, _size) = (name, main, fileType, size);

    /// <summary>llama.cpp's name of it, such as <c>Q4_K_M</c>.</summary>
    public string Name { get; }

    /// <summary>The type of most tensors.</summary>
    public ElementType Main { get; }

    /// <summary>The number of <c>general.file_type</c> (<c>llama_ftype</c>).</summary>
    public uint FileType { get; }

    /// <summary>All mixes, from many bits to few.</summary>
    public static IReadOnlyList<QuantizationMix> All { get; } =
    [
        new("F32", ElementType.F32, 0), new("F16", ElementType.F16, 1), new("BF16", ElementType.BF16, 32),
        new("Q8_0", ElementType.Q8_0, 7), new("Q6_K", ElementType.Q6_K, 18),
        new("Q5_K_M", ElementType.Q5_K, 17, Size.Medium), new("Q5_K_S", ElementType.Q5_K, 16, Size.Small),
        new("Q5_1", ElementType.Q5_1, 9), new("Q5_0", ElementType.Q5_0, 8),
        new("Q4_K_M", ElementType.Q4_K, 15, Size.Medium), new("Q4_K_S", ElementType.Q4_K, 14, Size.Small),
        new("Q4_1", ElementType.Q4_1, 3), new("Q4_0", ElementType.Q4_0, 2),
        new("Q3_K_L", ElementType.Q3_K, 13, Size.Large), new("Q3_K_M", ElementType.Q3_K, 12, Size.Medium), new("Q3_K_S", ElementType.Q3_K, 11, Size.Small),
        new("Q2_K", ElementType.Q2_K, 10),
    ];

    /// <summary>A mix by its name, in capital letters or small ones; null where there is none.</summary>
    public static QuantizationMix? Find(string name) => All.FirstOrDefault(mix => mix.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The type of a tensor. Vectors, positions, routers and what else is small stay F32; rows that are no whole blocks get a type that they fit.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="parameters">The parameters that share the tensor.</param>
    /// <param name="withImportance">Columns have an importance.</param>
    public ElementType TypeOf(ModelSpec spec, IReadOnlyList<ParameterSpec> parameters, bool withImportance = false)
    {
        ElementType wanted = WantedType(spec, parameters, withImportance);
        return wanted.IsBlockQuantized() ? Fitting(wanted, parameters[0].Shape[^1]) : wanted;
    }

    /// <summary>The type that a tensor would have if its rows were whole blocks.</summary>
    internal ElementType WantedType(ModelSpec spec, IReadOnlyList<ParameterSpec> parameters, bool withImportance = false)
    {
        Role role = RoleOf(spec, parameters);
        if (role == Role.Kept)
            return ElementType.F32;
        if (!Main.IsBlockQuantized())
            return Main;
        (int block, int blocks) = Place(spec, parameters[0]);
        int experts = spec.Stack.Blocks[0].FeedForward is FeedForwardSpec.MixtureOfExperts mixture ? mixture.Router.Experts : 0;
        return role switch
        {
            Role.Output => OfOutput(parameters[0].Shape[^1]),
            Role.Value => OfValue(spec, block, blocks, experts),
            Role.Key => experts == MixtralExperts ? ElementType.Q8_0 : Main,
            Role.AttentionOutput => OfAttentionOutput(experts),
            Role.Down => OfDown(block, blocks, withImportance),
            _ => Main,
        };
    }

    private static Role RoleOf(ModelSpec spec, IReadOnlyList<ParameterSpec> parameters)
    {
        ParameterSpec first = parameters[0];
        if (first.Shape.Length < 2 || (first.Shape[0] == 1 && parameters.Count == 1) || !first.Name.EndsWith(".weight", StringComparison.Ordinal))
            return Role.Kept;
        bool hasOutput = spec.Head is HeadSpec.LanguageModel or HeadSpec.MaskedLanguageModel && !spec.Head.SharesEmbedding;
        // A table that is both is treated as what needs more.
        if (first.Name == ModelParameters.TokenEmbedding)
            return hasOutput ? Role.Embedding : Role.Output;
        if (hasOutput && first.Name == $"{ModelParameters.Head}.weight")
            return Role.Output;
        if (Architecture.SplitBlockName(WithoutStack(first.Name)) is not (_, var part, _))
            return first.Part == "head" ? Role.Other : Role.Kept;
        // Where query, key and value share a tensor, it counts as one of values.
        if (parameters.Any(parameter => parameter.Name.EndsWith("attention.value.weight", StringComparison.Ordinal)))
            return Role.Value;
        return part[(part.LastIndexOf('.') + 1)..] switch
        {
            "key" => Role.Key,
            "output" => Role.AttentionOutput,
            "down" => Role.Down,
            "query" or "gate" or "up" => Role.Other,
            _ => Role.Kept,
        };
    }

    private static string WithoutStack(string name) => name.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal) ? name[ModelParameters.Encoder.Length..] : name;

    /// <summary>The block's index, and how many there are in its stack.</summary>
    private static (int Block, int Blocks) Place(ModelSpec spec, ParameterSpec parameter)
    {
        string name = WithoutStack(parameter.Name);
        StackSpec stack = name != parameter.Name || spec.Decoder is null ? spec.Encoder ?? spec.Stack : spec.Decoder;
        return (Architecture.SplitBlockName(name)?.Index ?? 0, stack.Blocks.Length);
    }

    /// <summary>The first eighth of the blocks, the last, and every third between them.</summary>
    private static bool GetsMoreBits(int block, int blocks) => block < blocks / 8 || block >= 7 * blocks / 8 || (block - (blocks / 8)) % 3 == 2;

    private ElementType OfOutput(long columns) => columns % Main.BlockLength() != 0 || Main == ElementType.Q8_0 ? ElementType.Q8_0 : ElementType.Q6_K;

    private ElementType OfValue(ModelSpec spec, int block, int blocks, int experts)
    {
        AttentionSpec attention = spec.Stack.Blocks[0].Attention;
        ElementType type = (Main, _size) switch
        {
            (ElementType.Q2_K, _) => attention.Heads / attention.KeyValueHeads >= ManyQueries ? ElementType.Q4_K : ElementType.Q3_K,
            (ElementType.Q3_K, Size.Medium) => block < 2 ? ElementType.Q5_K : ElementType.Q4_K,
            (ElementType.Q3_K, Size.Large) => ElementType.Q5_K,
            (ElementType.Q4_K or ElementType.Q5_K, Size.Medium) when GetsMoreBits(block, blocks) => ElementType.Q6_K,
            (ElementType.Q4_K, Size.Small) when block < 4 => ElementType.Q5_K,
            _ => Main,
        };
        // llama.cpp asks for the size of model that it knows by this; values are few there, many queries sharing them.
        if (blocks == LargestBlocks && attention.KeyValueHeads != attention.Heads && type is (ElementType.Q3_K or ElementType.Q4_K))
            type = ElementType.Q5_K;
        return experts == MixtralExperts ? ElementType.Q8_0 : type;
    }

    private ElementType OfAttentionOutput(int experts) => (Main, _size) switch
    {
        (ElementType.Q2_K, _) or (ElementType.Q3_K, Size.Small or Size.Medium) or (ElementType.Q4_K, _) when experts == MixtralExperts => ElementType.Q5_K,
        _ when experts == MixtralExperts => Main,
        (ElementType.Q2_K, _) => ElementType.Q3_K,
        (ElementType.Q3_K, Size.Medium) => ElementType.Q4_K,
        (ElementType.Q3_K, Size.Large) => ElementType.Q5_K,
        _ => Main,
    };

    private ElementType OfDown(int block, int blocks, bool withImportance) => (Main, _size) switch
    {
        (ElementType.Q2_K, _) => ElementType.Q3_K,
        (ElementType.Q3_K, Size.Medium) => block < blocks / 16 ? ElementType.Q5_K : ElementType.Q4_K,
        (ElementType.Q3_K, Size.Large) => ElementType.Q5_K,
        (ElementType.Q4_K or ElementType.Q5_K, Size.Medium) when GetsMoreBits(block, blocks) => ElementType.Q6_K,
        (ElementType.Q4_K, Size.Small) when block < blocks / 8 => ElementType.Q5_K,
        // llama.cpp found the first ones to go astray in these types even with importance; without, it keeps what was always made.
        (ElementType.Q4_0, _) when withImportance && block < blocks / 8 => ElementType.Q4_1,
        (ElementType.Q5_0, _) when withImportance && block < blocks / 8 => ElementType.Q5_1,
        _ => Main,
    };

    /// <summary>The type itself, or one of about as many bits whose blocks are shorter; F16 where even those do not fit.</summary>
    private static ElementType Fitting(ElementType type, long columns)
    {
        if (columns % type.BlockLength() == 0)
            return type;
        if (columns % BlockTypes.SmallBlock != 0)
            return ElementType.F16;
        return type switch
        {
            ElementType.Q2_K or ElementType.Q3_K => ElementType.Q4_0,
            ElementType.Q4_K => ElementType.Q5_0,
            ElementType.Q5_K => ElementType.Q5_1,
            _ => ElementType.Q8_0,
        };
    }
}
