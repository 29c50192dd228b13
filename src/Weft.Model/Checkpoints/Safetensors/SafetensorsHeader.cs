using System.Collections.Immutable;
using System.Text.Json;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints.Safetensors;

/// <summary>
/// The JSON header of a safetensors file, checked against the file before any of it is believed
/// (https://github.com/huggingface/safetensors, "Format").
/// </summary>
internal sealed record SafetensorsHeader(
    ImmutableArray<SafetensorsHeader.Entry> Entries, ImmutableDictionary<string, string> Metadata, long DataStart)
{
    /// <summary>The format's own limit on the header.</summary>
    private const long MaximumLength = 100_000_000;

    internal sealed record Entry(string Name, ElementType Type, ImmutableArray<long> Shape, long Begin, long End);

    public static SafetensorsHeader Read(string file, Stream stream)
    {
        long fileLength = stream.Length;
        if (fileLength < 8)
            throw Broken(file, $"is {fileLength} bytes long, shorter than a safetensors header");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong length = BitConverter.ToUInt64(prefix);
        if (length > MaximumLength || (long)length > fileLength - 8)
            throw Broken(file, $"says its header has {length} bytes, but {fileLength - 8} follow");
        byte[] json = new byte[length];
        stream.ReadExactly(json);
        return Parse(file, json, fileLength - 8 - (long)length);
    }

    private static SafetensorsHeader Parse(string file, byte[] json, long dataLength)
    {
        var entries = ImmutableArray.CreateBuilder<Entry>();
        ImmutableDictionary<string, string> metadata = ImmutableDictionary<string, string>.Empty;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                    metadata = property.Value.EnumerateObject().ToImmutableDictionary(p => p.Name, p => p.Value.GetString() ?? "");
                else
                    entries.Add(ParseEntry(file, property, dataLength));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new CheckpointException(file, $"its safetensors header is not valid ({e.Message}); fetch the file again", e);
        }
        CheckLayout(file, entries, dataLength);
        return new(entries.ToImmutable(), metadata, 8 + json.Length);
    }

    private static Entry ParseEntry(string file, JsonProperty property, long dataLength)
    {
        string dtype = property.Value.GetProperty("dtype").GetString() ?? "";
        // Enum.TryParse also takes numbers and lists; only the exact name of a member is one.
        if (!Enum.TryParse(dtype, out ElementType type) || !Enum.IsDefined(type) || type.ToString() != dtype || type.IsBlockQuantized())
            throw new CheckpointException(file,
                $"tensor '{property.Name}' has element type '{dtype}'; supported: {string.Join(", ", Enum.GetValues<ElementType>().Where(known => !known.IsBlockQuantized()))}");
        ImmutableArray<long> shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
        JsonElement offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw Broken(file, $"tensor '{property.Name}' has {offsets.GetArrayLength()} data_offsets instead of 2");
        long begin = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (begin < 0 || end < begin || end > dataLength)
            throw Broken(file, $"tensor '{property.Name}' claims bytes {begin} to {end}, but the file holds {dataLength} bytes of data");
        if (ByteCount(file, property.Name, shape, type.Size()) != end - begin)
            throw Broken(file,
                $"tensor '{property.Name}' of shape [{string.Join(", ", shape)}] and type {type} cannot fill {end - begin} bytes");
        return new(property.Name, type, shape, begin, end);
    }

    private static long ByteCount(string file, string name, ImmutableArray<long> shape, int elementSize)
    {
        long bytes = elementSize;
        foreach (long size in shape)
        {
            if (size < 0 || (size > 0 && bytes > long.MaxValue / size))
                throw Broken(file, $"tensor '{name}' has an impossible shape [{string.Join(", ", shape)}]");
            bytes *= size;
        }
        return bytes;
    }

    /// <summary>The format demands that tensors fill the data without holes or overlaps, so that nothing hides in a file.</summary>
    private static void CheckLayout(string file, IEnumerable<Entry> entries, long dataLength)
    {
        long position = 0;
        foreach (Entry entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != position)
                throw Broken(file, $"tensor '{entry.Name}' begins at byte {entry.Begin} where {position} was expected");
            position = entry.End;
        }
        if (position != dataLength)
            throw Broken(file, $"its tensors end at byte {position} of {dataLength}");
    }

    private static CheckpointException Broken(string file, string problem) =>
        new(file, problem + "; the file is truncated or corrupt, fetch it again");
}
