using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Weft.Training.Runs;

/// <summary>The JSON schema of recipes, with which editors complete keys and check values as they are typed.</summary>
public static partial class RecipeSchema
{
    private const string Resource = "recipe.schema.json";

    /// <summary>The schema, as docs/recipe.schema.json holds it.</summary>
    public static string Json
    {
        get
        {
            using Stream stream = typeof(RecipeSchema).Assembly.GetManifestResourceStream(Resource)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Makes the schema from the recipe records, <see cref="RecipeRange"/> and the records' documentation.</summary>
    /// <param name="documentation">The compiler's documentation file of this library.</param>
    internal static string Generate(XDocument documentation)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Read by people too, so quotes and accents stay as they are.
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://json-schema.org/draft-07/schema#");
            json.WriteString("title", "Weft recipe");
            WriteValue(json, RecipeKey.Root, Prose(documentation));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteValue(Utf8JsonWriter json, RecipeKey key, IReadOnlyDictionary<string, string> prose)
    {
        if (Describe(key, prose) is { Length: > 0 } description)
            json.WriteString("description", description);
        WriteType(json, key);
        WriteRange(json, key);
        if (key.Kind == RecipeKeyKind.Choice)
        {
            json.WriteStartArray("enum");
            foreach ((string word, _) in key.Choices)
                json.WriteStringValue(word);
            if (key.Optional)
                json.WriteNullValue();
            json.WriteEndArray();
        }
        if (key.Path == DeviceRecipe.Key)
            json.WriteString("pattern", DeviceRecipe.Pattern);
        if (key.Kind == RecipeKeyKind.Section)
        {
            json.WriteBoolean("additionalProperties", false);
            json.WriteStartObject("properties");
            foreach (RecipeKey child in key.Children)
            {
                json.WriteStartObject(child.Name);
                WriteValue(json, child, prose);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        if (key.Item is { } item)
        {
            json.WriteStartObject("items");
            WriteValue(json, item, prose);
            json.WriteEndObject();
        }
        WriteDefault(json, key);
    }

    private static void WriteType(Utf8JsonWriter json, RecipeKey key)
    {
        string? type = key.Kind switch
        {
            RecipeKeyKind.Section => "object",
            RecipeKeyKind.List => "array",
            RecipeKeyKind.Integer => "integer",
            RecipeKeyKind.Number => "number",
            RecipeKeyKind.Boolean => "boolean",
            RecipeKeyKind.Text => "string",
            // The words of a choice are given one by one.
            _ => null,
        };
        if (type is null)
            return;
        if (!key.Optional)
        {
            json.WriteString("type", type);
            return;
        }
        json.WriteStartArray("type");
        json.WriteStringValue(type);
        json.WriteStringValue("null");
        json.WriteEndArray();
    }

    private static void WriteRange(Utf8JsonWriter json, RecipeKey key)
    {
        if (!RecipeRange.ByKey.TryGetValue(RecipeRange.NameOf(key), out RecipeRange? range))
            return;
        if (range.Minimum is { } least)
            json.WriteNumber(range.AboveMinimum ? "exclusiveMinimum" : "minimum", least);
        if (range.Maximum is { } most)
            json.WriteNumber(range.BelowMaximum ? "exclusiveMaximum" : "maximum", most);
    }

    private static void WriteDefault(Utf8JsonWriter json, RecipeKey key)
    {
        switch (key.Default())
        {
            case string { Length: > 0 } text:
                json.WriteString("default", text);
                break;
            case bool flag:
                json.WriteBoolean("default", flag);
                break;
            case Enum choice:
                json.WriteString("default", key.Choices[Array.IndexOf(Enum.GetNames(key.Type), choice.ToString())].Word);
                break;
            case IConvertible and not string and var number:
                json.WriteNumber("default", number.ToDecimal(CultureInfo.InvariantCulture));
                break;
        }
    }

    /// <summary>The property's own summary, and what each word of a choice means.</summary>
    private static string Describe(RecipeKey key, IReadOnlyDictionary<string, string> prose) => string.Join(' ',
        new[] { prose.GetValueOrDefault(key.Member, "") }
            .Concat(key.Choices.Select(choice => prose.TryGetValue(choice.Member, out string? meaning) ? $"{choice.Word}: {meaning}" : ""))
            .Where(text => text.Length > 0));

    /// <summary>Summaries by member, without markup.</summary>
    private static Dictionary<string, string> Prose(XDocument documentation) => documentation.Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => Plain(member.Element("summary")!));

    private static string Plain(XElement summary)
    {
        string text = string.Concat(summary.Nodes().Select(node => node switch
        {
            // A reference shows the last part of its name: P:A.B.Minutes is Minutes.
            XElement element when element.Attribute("cref") is { } target => target.Value[(target.Value.LastIndexOf('.') + 1)..],
            XElement element => element.Value,
            _ => node.ToString(),
        }));
        return Spaces().Replace(System.Net.WebUtility.HtmlDecode(text), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
