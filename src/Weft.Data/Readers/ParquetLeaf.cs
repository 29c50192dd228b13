using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

using Parquet;
using Parquet.Schema;

using PhysicalType = Parquet.Meta.Type;

namespace Weft.Data;

/// <summary>Values of one type with their levels, as they lie in a row group.</summary>
/// <param name="field">What the file says of them.</param>
/// <param name="path">Its name with those around it.</param>
internal abstract class ParquetLeaf(DataField field, string path) : ParquetColumn(field.Name)
{
    /// <summary>How a value of each type is written.</summary>
    private static readonly Dictionary<Type, Func<DataField, string, ParquetLeaf>> Types = new()
    {
        [typeof(ReadOnlyMemory<char>)] = (field, path) => new ParquetLeaf<ReadOnlyMemory<char>>(field, path, (json, value) => json.WriteStringValue(value.Span)),
        // Older programs write texts without saying so.
        [typeof(ReadOnlyMemory<byte>)] = (field, path) => new ParquetLeaf<ReadOnlyMemory<byte>>(field, path, (json, value) => json.WriteStringValue(Utf8.IsValid(value.Span) ? value.Span
            : throw new InvalidDataException($"column '{path}' holds bytes that are no text in UTF-8"))),
        [typeof(bool)] = (field, path) => new ParquetLeaf<bool>(field, path, (json, value) => json.WriteBooleanValue(value)),
        [typeof(sbyte)] = (field, path) => new ParquetLeaf<sbyte>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(byte)] = (field, path) => new ParquetLeaf<byte>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(short)] = (field, path) => new ParquetLeaf<short>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(ushort)] = (field, path) => new ParquetLeaf<ushort>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(int)] = (field, path) => new ParquetLeaf<int>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(uint)] = (field, path) => new ParquetLeaf<uint>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(long)] = (field, path) => new ParquetLeaf<long>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(ulong)] = (field, path) => new ParquetLeaf<ulong>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(float)] = (field, path) => new ParquetLeaf<float>(field, path, Write),
        [typeof(double)] = (field, path) => new ParquetLeaf<double>(field, path, Write),
        [typeof(decimal)] = (field, path) => new ParquetLeaf<decimal>(field, path, (json, value) => json.WriteNumberValue(value)),
        [typeof(Guid)] = (field, path) => new ParquetLeaf<Guid>(field, path, (json, value) => json.WriteStringValue(value)),
        [typeof(DateTime)] = (field, path) => new ParquetLeaf<DateTime>(field, path, IsDate(field)
            ? (json, value) => json.WriteStringValue(value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
            // The library calls times without a zone local, which they are not.
            : (json, value) => json.WriteStringValue(DateTime.SpecifyKind(value, value.Kind == DateTimeKind.Local ? DateTimeKind.Unspecified : value.Kind))),
    };

    private int[] _definitions = [], _repetitions = [];
    private int _count, _next, _value;

    /// <summary>Its name with those around it.</summary>
    public string Path { get; } = path;

    /// <inheritdoc/>
    public override IReadOnlyList<ParquetLeaf> Leaves => [this];

    /// <summary>All of the row group has been written.</summary>
    public bool IsRead => _next == _count;

    /// <summary>Definition level of the next value.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public int Definition => _next == _count ? throw new InvalidDataException($"column '{Path}' has too few values")
        : Field.MaxDefinitionLevel == 0 ? 0 : _definitions[_next];

    /// <summary>Repetition level of the next value; 0, which begins a row, behind the last.</summary>
    public int Repetition => _next == _count || Field.MaxRepetitionLevel == 0 ? 0 : _repetitions[_next];

    /// <summary>What the file says.</summary>
    protected DataField Field { get; } = field;

    /// <summary>The leaf of a field.</summary>
    /// <exception cref="InvalidDataException">It has a type that is not read; the message names the column.</exception>
    public static ParquetLeaf Of(DataField field, string path) => field is TimeDataField ? throw Unread(path, "times of day")
        : IsBytes(field) && field.SchemaElement?.Type != PhysicalType.BYTE_ARRAY ? throw Unread(path, "bytes of a fixed length")
        : Types.TryGetValue(field.ClrType, out Func<DataField, string, ParquetLeaf>? make) ? make(field, path)
        : throw Unread(path, $"values of type {field.ClrType.Name}");

    /// <summary>Reads a row group.</summary>
    public void Read(ParquetRowGroupReader group)
    {
        long count = group.GetMetadata(Field)?.MetaData?.NumValues ?? throw new InvalidDataException("a row group lacks it");
        (_count, _next, _value) = (checked((int)count), 0, 0);
        Grow(ref _definitions, _count);
        Grow(ref _repetitions, _count);
        ReadValues(group, _count, (Levels(_definitions, Field.MaxDefinitionLevel), Levels(_repetitions, Field.MaxRepetitionLevel)));
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        bool defined = Definition == Field.MaxDefinitionLevel;
        Pass();
        if (defined)
            WriteValue(json, _value++);
        else
            json.WriteNullValue();
    }

    /// <summary>Passes over an entry that has no value.</summary>
    public void Pass() => _next++;

    /// <summary>Reads values, and levels where there are any.</summary>
    protected abstract void ReadValues(ParquetRowGroupReader group, int count, (Memory<int>? Definitions, Memory<int>? Repetitions) levels);

    /// <summary>Writes one of the values that are there.</summary>
    protected abstract void WriteValue(Utf8JsonWriter json, int index);

    /// <summary>Makes room for a row group; what was there is not kept.</summary>
    protected static void Grow<T>(ref T[] array, int count)
    {
        if (array.Length < count)
            array = new T[count];
    }

    /// <summary>Room for levels; null where all are 0.</summary>
    private Memory<int>? Levels(int[] levels, int most)
    {
        if (most > 0)
            return levels.AsMemory(0, _count);
        return null;
    }

    private static bool IsBytes(DataField field) => field.ClrType == typeof(ReadOnlyMemory<byte>);

    private static bool IsDate(DataField field) => field is DateTimeDataField { DateTimeFormat: DateTimeFormat.Date };

    private static void Write(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }

    private static void Write(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }
}

/// <summary>Values of a type.</summary>
/// <typeparam name="T">As the library reads it.</typeparam>
/// <param name="field">What the file says of them.</param>
/// <param name="path">Its name with those around it.</param>
/// <param name="write">Writes one.</param>
internal sealed class ParquetLeaf<T>(DataField field, string path, Action<Utf8JsonWriter, T> write) : ParquetLeaf(field, path)
    where T : struct
{
    private T[] _values = [];

    /// <inheritdoc/>
    protected override void ReadValues(ParquetRowGroupReader group, int count, (Memory<int>? Definitions, Memory<int>? Repetitions) levels)
    {
        Grow(ref _values, count);
        group.ReadRawAsync(Field, _values.AsMemory(0, count), levels.Definitions, levels.Repetitions).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    protected override void WriteValue(Utf8JsonWriter json, int index) => write(json, _values[index]);
}
