using System.Collections.Immutable;
using System.Numerics;
using Weft.Gguf;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>
/// The descriptions of the tensors of a GGUF file, checked against the file before any of it is believed
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
/// </summary>
internal sealed record GgufHeader(ImmutableArray<GgufHeader.Entry> Entries, long DataStart)
{
    public const string AlignmentKey = "general.alignment";

    public const int DefaultAlignment = 32;

    /// <summary>GGML's own limit.</summary>
    private const int MaximumDimensions = 4;

    /// <summary>A page of the largest kind that is in use; beyond it padding would be most of a file.</summary>
    private const int MaximumAlignment = 1 << 16;

    /// <summary>The least that a description takes: lengths of its name and its shape, type and offset.</summary>
    private const int LeastEntry = 24;

    /// <summary>One tensor; its offset counts from the beginning of the data.</summary>
    internal sealed record Entry(string Name, ElementType Type, ImmutableArray<long> Shape, long Offset)
    {
        public long ByteCount => Type.ByteCount(Shape.Aggregate(1L, (product, size) => product * size));
    }

    /// <exception cref="CheckpointException">A description is impossible or does not describe this file.</exception>
    /// <exception cref="InvalidDataException">It is cut off, or the alignment is no number.</exception>
    public static GgufHeader Read(GgufMetadata metadata)
    {
        GgufStream stream = metadata.Stream;
        string file = metadata.File;
        long alignment = metadata.Integer(AlignmentKey) ?? DefaultAlignment;
        if (alignment is < 8 or > MaximumAlignment || !BitOperations.IsPow2(alignment))
            throw new CheckpointException(file, $"key '{AlignmentKey}' is {alignment}; it must be a power of two from 8 to {MaximumAlignment}");
        stream.Position = metadata.End;
        if (metadata.TensorCount > stream.Left / LeastEntry)
            throw Broken(file, $"says it has {metadata.TensorCount} tensors, but only {stream.Left} bytes follow");
        var entries = ImmutableArray.CreateBuilder<Entry>((int)Math.Min(metadata.TensorCount, Array.MaxLength));
        HashSet<string> names = new(StringComparer.Ordinal);
        for (long i = 0; i < metadata.TensorCount; i++)
        {
            Entry entry = ReadEntry(stream, i);
            if (!names.Add(entry.Name))
                throw Broken(file, $"tensor '{entry.Name}' is there twice");
            if (entry.Offset % alignment != 0)
                throw Broken(file, $"tensor '{entry.Name}' begins at byte {entry.Offset} of the data, which is no multiple of {alignment}");
            entries.Add(entry);
        }
        long start = Padded(stream.Position, alignment);
        CheckLayout(file, entries, alignment, Math.Max(0, stream.Length - start));
        return new(entries.ToImmutable(), start);
    }

    public static long Padded(long position, long alignment) => (position + alignment - 1) / alignment * alignment;

    private static Entry ReadEntry(GgufStream stream, long index)
    {
        string name = stream.Text($"name of tensor {index}");
        uint dimensions = (uint)stream.Unsigned(4, name);
        if (dimensions > MaximumDimensions)
            throw Broken(stream.File, $"tensor '{name}' has {dimensions} dimensions; {MaximumDimensions} are the most");
        long[] sizes = new long[dimensions];
        Int128 count = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            ulong size = stream.Unsigned(8, name);
            // The product is limited at every step, so that it never overflows.
            if (size > long.MaxValue || (count *= size) > long.MaxValue)
                throw Broken(stream.File, $"tensor '{name}' has an impossible shape: dimension {i} is {size}");
            sizes[i] = (long)size;
        }
        uint number = (uint)stream.Unsigned(4, name);
        ElementType type = GgufTensorTypes.Find(number) ?? throw new CheckpointException(stream.File,
            $"tensor '{name}' has type {GgufTensorTypes.Describe(number)}; supported: {GgufTensorTypes.Readable}");
        if (sizes.FirstOrDefault(1) % type.BlockLength() != 0)
            throw Broken(stream.File, $"tensor '{name}' has rows of {sizes.FirstOrDefault(1)}, which are no whole blocks of {type.BlockLength()} for {type}");
        ulong offset = stream.Unsigned(8, name);
        if (count / type.BlockLength() * type.BlockSize() > stream.Length || offset > (ulong)stream.Length)
            throw Broken(stream.File, $"tensor '{name}' of shape [{string.Join(", ", sizes.Reverse())}] and type {type} at byte {offset} of the data lies outside of the file's {stream.Length} bytes");
        return new(name, type, [.. sizes.Reverse()], (long)offset);
    }

    /// <summary>Tensors follow each other with nothing but padding between, so that nothing hides in a file.</summary>
    private static void CheckLayout(string file, IEnumerable<Entry> entries, long alignment, long dataLength)
    {
        long end = 0;
        foreach (Entry entry in entries.OrderBy(e => e.Offset).ThenBy(e => e.ByteCount))
        {
            if (entry.Offset != Padded(end, alignment))
                throw Broken(file, $"tensor '{entry.Name}' begins at byte {entry.Offset} of the data where {Padded(end, alignment)} was expected");
            end = entry.Offset + entry.ByteCount;
            if (end > dataLength)
                throw Broken(file, $"tensor '{entry.Name}' claims bytes {entry.Offset} to {end}, but the file holds {dataLength} bytes of data");
        }
        if (dataLength > Padded(end, alignment))
            throw Broken(file, $"its tensors end at byte {end} of {dataLength}");
    }

    private static CheckpointException Broken(string file, string problem) =>
        new(file, problem + "; the file is truncated or corrupt, fetch it again");
}
