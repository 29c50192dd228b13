using System.Collections.Immutable;

namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>Memory that tensors share.</summary>
/// <param name="Entry">The bytes in the file.</param>
/// <param name="Type">Of the elements; null for bytes whose meaning each tensor names.</param>
/// <param name="ByteCount">As the pickle says; checked against the entry.</param>
internal sealed record TorchStorage(ZipEntry Entry, ElementType? Type, long ByteCount);

/// <summary>A tensor of a pickle, checked: all of its elements lie in its storage.</summary>
/// <param name="Type">Of the elements.</param>
/// <param name="Offset">First element, in bytes of the file.</param>
/// <param name="Layout">Where the other elements lie.</param>
internal sealed record TorchTensor(ElementType Type, long Offset, StridedLayout Layout)
{
    /// <summary>More dimensions than weights have; the limit bounds what a few bytes of a pickle can repeat.</summary>
    private const int MaximumRank = 16;

    /// <summary>The tensor that torch._utils._rebuild_tensor_v2 (or v3, which names the element type) builds.</summary>
    /// <param name="arguments">Storage, offset, sizes, strides, whether a gradient is wanted, hooks, for v3 the type, and optional metadata.</param>
    /// <param name="typed">For v3.</param>
    /// <exception cref="InvalidDataException">These arguments describe no tensor, or none that is read.</exception>
    public static TorchTensor Rebuild(object?[] arguments, bool typed)
    {
        int required = typed ? 7 : 6;
        if (arguments.Length < required || arguments.Length > required + 1
            || arguments[0] is not TorchStorage storage || arguments[1] is not long offset
            || arguments[2] is not object?[] shapeItems || arguments[3] is not object?[] strideItems)
            throw new InvalidDataException("a tensor is not built from a storage, an offset, sizes and strides");
        if (shapeItems.Length != strideItems.Length || shapeItems.Length > MaximumRank)
            throw new InvalidDataException($"a tensor has {shapeItems.Length} sizes and {strideItems.Length} strides (at most {MaximumRank})");
        if (arguments.Length > required && arguments[required] is not (null or PickleDictionary { Entries.Count: 0 }))
            throw new InvalidDataException("a tensor is a conjugate or negative view; save tensor.resolve_conj().resolve_neg()");
        ElementType type = (typed ? (arguments[6] as TorchGlobal)?.Type : storage.Type)
            ?? throw new InvalidDataException("a tensor has no element type");
        ImmutableArray<long> shape = Integers(shapeItems), strides = Integers(strideItems);
        long count = storage.ByteCount / type.Size();
        if (offset < 0 || offset > count || StridedLayout.TryCreate(shape, strides, count - offset) is not { } layout)
            throw new InvalidDataException($"a tensor of shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}] and "
                + $"offset {offset} does not fit entry '{storage.Entry.Name}' of {count} elements {type}; where it was expanded, save it cloned");
        return new(type, storage.Entry.Offset + (offset * type.Size()), layout);
    }

    private static ImmutableArray<long> Integers(object?[] items) =>
        [.. items.Select(item => item as long? ?? throw new InvalidDataException("a tensor has sizes that are no integers"))];
}
