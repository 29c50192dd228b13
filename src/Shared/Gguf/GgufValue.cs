namespace Weft.Gguf;

/// <summary>The types of metadata values, with GGUF's own numbers.</summary>
internal enum GgufType : uint
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Bool = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>Where a metadata value lies in the file.</summary>
/// <param name="Type">Its type, or that of the elements of an array.</param>
/// <param name="IsArray">Many values of the type, one after another.</param>
/// <param name="Count">How many; 1 where it is no array.</param>
/// <param name="Offset">Bytes before the first.</param>
internal readonly record struct GgufValue(GgufType Type, bool IsArray, long Count, long Offset);
