using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Weft.Text.Chat.Jinja;
using Weft.Text.Chat.Jinja.Values;
using Weft.Text.Files;

namespace Weft.Text.Chat;

/// <summary>JSON as values of a template: what Python's <c>json.loads</c> gives.</summary>
internal static class JsonValues
{
    /// <summary>Python reads no longer whole numbers either.</summary>
    private const int MaxDigits = 4300;

    /// <summary>Converts an element.</summary>
    /// <exception cref="InvalidDataException">A text holds half a surrogate pair, or a number is too long; names the field.</exception>
    public static Value Of(JsonField field, Budget budget)
    {
        switch (field.Element.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = new DictValue(budget);
                foreach ((string name, JsonField value) in Properties(field))
                    dict.Entries[new TextValue(name)] = Of(value, budget);
                return dict;
            case JsonValueKind.Array:
                return new ListValue([.. field.Items().Select(item => Of(item, budget))]);
            case JsonValueKind.String:
                return new TextValue(field.Text());
            case JsonValueKind.Number:
                return Number(field);
            case JsonValueKind.True:
                return BoolValue.True;
            case JsonValueKind.False:
                return BoolValue.False;
            default:
                return NoneValue.Instance;
        }
    }

    /// <summary>The entries of an object.</summary>
    /// <exception cref="InvalidDataException">It is no object, or a name holds half a surrogate pair.</exception>
    public static IEnumerable<(string Name, JsonField Value)> Properties(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.Refuse("write a JSON object here");
        foreach (JsonProperty property in field.Element.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                throw field.Refuse("one of its names holds half a surrogate pair; write whole Unicode characters");
            }
            yield return (name, new JsonField(field.File, field.Path.Length == 0 ? name : $"{field.Path}.{name}", property.Value));
        }
    }

    // A point or an exponent makes a float of any number.
    private static Value Number(JsonField field)
    {
        string text = field.Element.GetRawText();
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
            return new FloatValue(double.Parse(text, CultureInfo.InvariantCulture));
        return text.Length <= MaxDigits
            ? new IntValue(BigInteger.Parse(text, CultureInfo.InvariantCulture))
            : throw field.Refuse($"write whole numbers of at most {MaxDigits} digits");
    }
}
