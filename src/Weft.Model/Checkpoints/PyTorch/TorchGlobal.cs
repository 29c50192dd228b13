using System.Collections.Frozen;

namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>What a name in a pickle stands for. There is nothing else: a name that is not listed here is refused.</summary>
internal enum TorchGlobalKind
{
    /// <summary>Class of a storage, named by a persistent id.</summary>
    Storage,

    /// <summary>An element type.</summary>
    ElementType,

    /// <summary>An empty dictionary.</summary>
    OrderedDictionary,

    /// <summary>A tuple of sizes.</summary>
    Size,

    /// <summary>A tensor of a typed storage.</summary>
    Tensor,

    /// <summary>A tensor of a storage of bytes, whose type is named.</summary>
    TypedTensor,

    /// <summary>A tensor that is trained, which is read as the tensor.</summary>
    Parameter,
}

/// <summary>One of the few names that the pickle of a state dict needs.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Element type of a storage or of the tensors that name it; null for a storage of bytes.</param>
internal sealed record TorchGlobal(TorchGlobalKind Kind, ElementType? Type = null)
{
    private static readonly FrozenDictionary<(string Module, string Name), TorchGlobal> Known = new Dictionary<(string, string), TorchGlobal>
    {
        [("collections", "OrderedDict")] = new(TorchGlobalKind.OrderedDictionary),
        [("torch", "Size")] = new(TorchGlobalKind.Size),
        [("torch._utils", "_rebuild_tensor_v2")] = new(TorchGlobalKind.Tensor),
        [("torch._utils", "_rebuild_tensor_v3")] = new(TorchGlobalKind.TypedTensor),
        [("torch._utils", "_rebuild_parameter")] = new(TorchGlobalKind.Parameter),
        [("torch._utils", "_rebuild_parameter_with_state")] = new(TorchGlobalKind.Parameter),
        [("torch", "FloatStorage")] = Storage(Checkpoints.ElementType.F32),
        [("torch", "DoubleStorage")] = Storage(Checkpoints.ElementType.F64),
        [("torch", "HalfStorage")] = Storage(Checkpoints.ElementType.F16),
        [("torch", "BFloat16Storage")] = Storage(Checkpoints.ElementType.BF16),
        [("torch", "LongStorage")] = Storage(Checkpoints.ElementType.I64),
        [("torch", "IntStorage")] = Storage(Checkpoints.ElementType.I32),
        [("torch", "ShortStorage")] = Storage(Checkpoints.ElementType.I16),
        [("torch", "CharStorage")] = Storage(Checkpoints.ElementType.I8),
        [("torch", "ByteStorage")] = Storage(Checkpoints.ElementType.U8),
        [("torch", "BoolStorage")] = Storage(Checkpoints.ElementType.BOOL),
        [("torch.storage", "UntypedStorage")] = Storage(null),
        [("torch", "UntypedStorage")] = Storage(null),
        [("torch", "float32")] = Element(Checkpoints.ElementType.F32),
        [("torch", "float64")] = Element(Checkpoints.ElementType.F64),
        [("torch", "float16")] = Element(Checkpoints.ElementType.F16),
        [("torch", "bfloat16")] = Element(Checkpoints.ElementType.BF16),
        [("torch", "float8_e4m3fn")] = Element(Checkpoints.ElementType.F8_E4M3),
        [("torch", "float8_e5m2")] = Element(Checkpoints.ElementType.F8_E5M2),
        [("torch", "int64")] = Element(Checkpoints.ElementType.I64),
        [("torch", "int32")] = Element(Checkpoints.ElementType.I32),
        [("torch", "int16")] = Element(Checkpoints.ElementType.I16),
        [("torch", "int8")] = Element(Checkpoints.ElementType.I8),
        [("torch", "uint64")] = Element(Checkpoints.ElementType.U64),
        [("torch", "uint32")] = Element(Checkpoints.ElementType.U32),
        [("torch", "uint16")] = Element(Checkpoints.ElementType.U16),
        [("torch", "uint8")] = Element(Checkpoints.ElementType.U8),
        [("torch", "bool")] = Element(Checkpoints.ElementType.BOOL),
    }.ToFrozenDictionary();

    /// <summary>What the name stands for; null for one that no state dict needs.</summary>
    public static TorchGlobal? Find(string module, string name) => Known.GetValueOrDefault((module, name));

    /// <summary>What a call returns.</summary>
    /// <exception cref="InvalidDataException">This is nothing to call, or not with these arguments.</exception>
    public object Call(object?[] arguments) => (Kind, arguments) switch
    {
        (TorchGlobalKind.OrderedDictionary, []) => new PickleDictionary(),
        (TorchGlobalKind.Size, [object?[] sizes]) => sizes,
        (TorchGlobalKind.Tensor, _) => TorchTensor.Rebuild(arguments, typed: false),
        (TorchGlobalKind.TypedTensor, _) => TorchTensor.Rebuild(arguments, typed: true),
        (TorchGlobalKind.Parameter, [TorchTensor tensor, ..]) => tensor,
        _ => throw new InvalidDataException($"a call of {Kind} with {arguments.Length} arguments is none that is known"),
    };

    private static TorchGlobal Storage(ElementType? type) => new(TorchGlobalKind.Storage, type);

    private static TorchGlobal Element(ElementType type) => new(TorchGlobalKind.ElementType, type);
}
