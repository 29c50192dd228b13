using System.Collections.Frozen;
using Weft.Gguf;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>One key of a GGUF file's metadata, for people.</summary>
/// <param name="Name">Such as <c>general.architecture</c>.</param>
/// <param name="Type">GGUF's type, of an array's elements too.</param>
/// <param name="Value">The value as text, a long one cut; of an array how many values it has.</param>
public sealed record GgufKey(string Name, string Type, string Value);

/// <summary>A GGUF file, versions 2 and 3, memory-mapped: opening it reads keys and descriptions of tensors alone.</summary>
public sealed unsafe class GgufFile : ITensorFile
{
    /// <summary>Characters of a text that <see cref="Keys"/> shows.</summary>
    private const int ShownText = 100;

    private readonly GgufMetadata _metadata;
    private readonly MappedFile _file;

    private GgufFile(FileStream stream, GgufMetadata metadata, GgufHeader header)
    {
        _metadata = metadata;
        _file = new(stream);
        byte* start = _file.Start + header.DataStart;
        Tensors = header.Entries.ToFrozenDictionary(e => e.Name, e => new TensorView(_file, e.Name, e.Type, StridedLayout.Contiguous(e.Shape), start + e.Offset));
    }

    /// <inheritdoc/>
    public string FilePath => _metadata.File;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorView> Tensors { get; }

    /// <summary>The metadata, in the order of the file.</summary>
    public IEnumerable<GgufKey> Keys => _metadata.Values.OrderBy(pair => pair.Value.Offset)
        .Select(pair => new GgufKey(pair.Key, pair.Value.Type.ToString(), Describe(pair.Key, pair.Value)));

    /// <summary>The values of the metadata. One thread at a time.</summary>
    internal GgufMetadata Metadata => _metadata;

    /// <summary>Maps a file after checking every size in it against its length.</summary>
    /// <exception cref="CheckpointException">It is no GGUF file, or its header is truncated, malformed, or does not describe this file.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static GgufFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            // Read and mapped through one handle: a file that is replaced meanwhile is not mixed with its successor.
            return Reading(path, () =>
            {
                GgufMetadata metadata = GgufMetadata.Open(stream, path);
                return new GgufFile(stream, metadata, GgufHeader.Read(metadata));
            });
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _metadata.Dispose();
    }

    /// <summary>Turns the metadata's refusals into those of a checkpoint.</summary>
    internal static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            string problem = e.Message.StartsWith(path + ": ", StringComparison.Ordinal) ? e.Message[(path.Length + 2)..] : e.Message;
            throw new CheckpointException(path, problem, e);
        }
    }

    private string Describe(string key, GgufValue value) => value switch
    {
        { IsArray: true } => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value.Count} values"),
        { Type: GgufType.String } => Shorten(_metadata.Text(key)!),
        { Type: GgufType.Bool } => _metadata.Flag(key) == true ? "true" : "false",
        { Type: GgufType.Float32 } => ((float)_metadata.Number(key)!.Value).ToString(System.Globalization.CultureInfo.InvariantCulture),
        { Type: GgufType.Float64 } => _metadata.Number(key)!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => Reading(FilePath, () => _metadata.Integer(key)!.Value).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string Shorten(string text)
    {
        string start = text.Length > ShownText ? text[..ShownText] + "…" : text;
        return string.Concat(start.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
