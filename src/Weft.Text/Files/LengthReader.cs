using System.Text.Json;

namespace Weft.Text.Files;

/// <summary>The <c>truncation</c> and <c>padding</c> of a tokenizer.json, read and written.</summary>
internal static class LengthReader
{
    public static Truncation ReadTruncation(JsonField field)
    {
        JsonField? strategy = field.Optional("strategy");
        return new Truncation(field.Required("max_length").Integer(0, int.MaxValue))
        {
            Strategy = strategy?.Text() switch
            {
                null or "LongestFirst" => TruncationStrategy.LongestFirst,
                "OnlyFirst" => TruncationStrategy.OnlyFirst,
                "OnlySecond" => TruncationStrategy.OnlySecond,
                _ => throw strategy.Value.Refuse("write LongestFirst, OnlyFirst or OnlySecond here"),
            },
            FromLeft = IsLeft(field),
            Stride = field.Optional("stride")?.Integer(0, int.MaxValue) ?? 0,
        };
    }

    public static Padding ReadPadding(JsonField field)
    {
        JsonField strategy = field.Required("strategy");
        int? length = strategy.Element.ValueKind == JsonValueKind.Object ? strategy.Required("Fixed").Integer(0, int.MaxValue)
            : strategy.Text() == "BatchLongest" ? null
            : throw strategy.Refuse("write \"BatchLongest\" or {\"Fixed\": length} here");
        return new Padding(field.Required("pad_id").Integer(0, TokenizerReader.HighestId), field.Required("pad_token").Text())
        {
            FixedLength = length,
            MultipleOf = field.Optional("pad_to_multiple_of")?.Integer(0, int.MaxValue) is int multiple and > 0 ? multiple : null,
            TypeId = field.Optional("pad_type_id")?.Integer(0, int.MaxValue) ?? 0,
            OnLeft = IsLeft(field),
        };
    }

    public static void Write(Utf8JsonWriter writer, Truncation truncation)
    {
        writer.WriteStartObject();
        writer.WriteString("direction", truncation.FromLeft ? "Left" : "Right");
        writer.WriteNumber("max_length", truncation.MaximumLength);
        writer.WriteString("strategy", truncation.Strategy.ToString());
        writer.WriteNumber("stride", truncation.Stride);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, Padding padding)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("strategy");
        if (padding.FixedLength is int length)
        {
            writer.WriteStartObject();
            writer.WriteNumber("Fixed", length);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStringValue("BatchLongest");
        }
        writer.WriteString("direction", padding.OnLeft ? "Left" : "Right");
        if (padding.MultipleOf is int multiple)
            writer.WriteNumber("pad_to_multiple_of", multiple);
        else
            writer.WriteNull("pad_to_multiple_of");
        writer.WriteNumber("pad_id", padding.Id);
        writer.WriteNumber("pad_type_id", padding.TypeId);
        writer.WriteString("pad_token", padding.Token);
        writer.WriteEndObject();
    }

    private static bool IsLeft(JsonField field)
    {
        JsonField? direction = field.Optional("direction");
        return direction?.Text() switch
        {
            null or "Right" => false,
            "Left" => true,
            _ => throw direction.Value.Refuse("write Left or Right here"),
        };
    }
}
