using System.Text.Json;

using Parquet.Schema;

namespace Weft.Data;

/// <summary>
/// A column of Parquet, or a part of one. In the file lie the values alone, each with a definition level, how many of the optional and repeated fields around it are there, and a repetition level, which
/// of the lists goes on with it (Melnik et al. 2010, "Dremel: Interactive Analysis of Web-Scale Datasets", section 4); here the nesting is put together again.
/// </summary>
/// <param name="name">Key of the value.</param>
internal abstract class ParquetColumn(string name)
{
    /// <summary>Key of the value.</summary>
    public string Name { get; } = name;

    /// <summary>What lies in the file; the levels of each tell what of this column is there.</summary>
    public abstract IReadOnlyList<ParquetLeaf> Leaves { get; }

    /// <summary>Writes the next value.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>The column of a field.</summary>
    /// <param name="field">What the file says of it.</param>
    /// <param name="path">Its name with those around it.</param>
    /// <exception cref="InvalidDataException">It has a type that is not read; the message names the column.</exception>
    public static ParquetColumn Of(Field field, string path) => field switch
    {
        StructField { Fields.Count: > 0 } fields => new ParquetStruct(fields.Name, fields.MaxDefinitionLevel, [.. fields.Fields.Select(inner => Of(inner, $"{path}.{inner.Name}"))]),
        // Of the older form the list has no level of its own: its item is what repeats.
        ListField { Item: DataField { IsArray: true } item } list => new ParquetList(list.Name, list.MaxDefinitionLevel, (item.MaxDefinitionLevel, item.MaxRepetitionLevel), ParquetLeaf.Of(item, path)),
        ListField list => new ParquetList(list.Name, list.MaxDefinitionLevel - 1, (list.MaxDefinitionLevel, list.MaxRepetitionLevel), Of(list.Item, path)),
        DataField { IsArray: true } items => new ParquetList(items.Name, items.MaxDefinitionLevel - 1, (items.MaxDefinitionLevel, items.MaxRepetitionLevel), ParquetLeaf.Of(items, path)),
        DataField data => ParquetLeaf.Of(data, path),
        _ => throw Unread(path, field is MapField ? "maps" : "what is neither a value nor a list nor a struct"),
    };

    /// <summary>A column that is not read.</summary>
    protected static InvalidDataException Unread(string path, string kind) => new($"column '{path}' holds {kind}, which are not read; leave the column out, or write it as text");

    /// <summary>Passes over what says that nothing is there.</summary>
    protected void Skip()
    {
        foreach (ParquetLeaf leaf in Leaves)
            leaf.Pass();
    }
}

/// <summary>Named values, which may be missing together.</summary>
/// <param name="name">Key of the value.</param>
/// <param name="defined">Definition level from which it is there.</param>
/// <param name="fields">The values.</param>
internal sealed class ParquetStruct(string name, int defined, ParquetColumn[] fields) : ParquetColumn(name)
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParquetLeaf> Leaves { get; } = [.. fields.SelectMany(field => field.Leaves)];

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        if (Leaves[0].Definition < defined)
        {
            Skip();
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        foreach (ParquetColumn field in fields)
        {
            json.WritePropertyName(field.Name);
            field.Write(json);
        }
        json.WriteEndObject();
    }
}

/// <summary>Values in an order.</summary>
/// <param name="name">Key of the value.</param>
/// <param name="defined">Definition level from which it is there, and may be empty.</param>
/// <param name="filled">Definition level from which it has an item, and the repetition level of each item but the first.</param>
/// <param name="item">The items.</param>
internal sealed class ParquetList(string name, int defined, (int Definition, int Repetition) filled, ParquetColumn item) : ParquetColumn(name)
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParquetLeaf> Leaves => item.Leaves;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        ParquetLeaf first = Leaves[0];
        int level = first.Definition;
        if (level < defined)
        {
            Skip();
            json.WriteNullValue();
            return;
        }
        json.WriteStartArray();
        if (level < filled.Definition)
            Skip();
        else
            do
                item.Write(json);
            while (first.Repetition == filled.Repetition);
        json.WriteEndArray();
    }
}
