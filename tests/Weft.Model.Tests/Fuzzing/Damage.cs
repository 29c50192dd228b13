using System.Text;
using System.Text.Json;

namespace Weft.Model.Tests.Fuzzing;

/// <summary>Random changes of valid inputs.</summary>
internal static class Damage
{
    /// <summary>Values at the limits of types, of other types, and texts that programs trip over.</summary>
    private static readonly byte[][] Values =
    [
        .. new[]
        {
            "0", "-1", "1", "2", "3", "7", "255", "9999", "10000", "65536", "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "1e308", "-1e308", "1e309", "1e-320", "0.0", "-0.0", "0.5", "4.0", "1e1", "99999999999999999999999999", "\"NaN\"", "\"Infinity\"", "\"\"",
            "\"0\"", "\"-1\"", "\"../x\"", "\"\\ud800\"", "\"\\u0000\"", "null", "true", "false", "{}", "[]", "[0]", "[-1,2147483648]", "[[]]", "[null]", "{\"0\":0}", "{\"kind\":\"none\"}", "NaN",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>A few changes: bytes, numbers, cuts, repeats, and parts of another sample.</summary>
    /// <param name="random">The source of all choices.</param>
    /// <param name="sample">Changed in a copy.</param>
    /// <param name="other">Gives the parts.</param>
    /// <param name="interesting">Bytes that mean something in the format.</param>
    public static byte[] Bytes(Random random, byte[] sample, byte[] other, byte[] interesting)
    {
        List<byte> bytes = [.. sample];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = interesting[random.Next(interesting.Length)];
                    break;
                case 2:
                    bytes.Insert(at, interesting[random.Next(interesting.Length)]);
                    break;
                case 3 when bytes.Count > length:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 5:
                    int from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + length)]);
                    break;
                case 6 when random.Next(4) == 0:
                    bytes.RemoveRange(at + 1, bytes.Count - at - 1);
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(4, bytes.Count - at));
                    bytes.InsertRange(at, BitConverter.GetBytes(random.Next(3) switch { 0 => int.MaxValue, 1 => -1, _ => random.Next(256) }));
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>A few changes of the properties of a JSON text, at any depth: other values, keys removed, repeated or taken from another sample.</summary>
    /// <param name="random">The source of all choices.</param>
    /// <param name="sample">Changed in a copy.</param>
    /// <param name="other">Gives keys and values.</param>
    public static byte[] Json(Random random, byte[] sample, byte[] other)
    {
        List<Property> others = Properties(other);
        byte[] json = sample;
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            List<Property> properties = Properties(json);
            if (properties.Count == 0)
                return json;
            Property one = properties[random.Next(properties.Count)], foreign = others[random.Next(others.Count)];
            ReadOnlySpan<byte> value = random.Next(4) switch
            {
                0 => Value(json, properties[random.Next(properties.Count)]),
                1 => Value(other, foreign),
                _ => Values[random.Next(Values.Length)],
            };
            json = random.Next(6) switch
            {
                0 => Without(json, one),
                1 => [.. json[..one.Start], .. other[foreign.Start..foreign.ValueStart], .. value, (byte)',', .. json[one.Start..]],
                2 => [.. json[..one.Start], .. other[foreign.Start..foreign.End], (byte)',', .. json[one.Start..]],
                3 => [.. json[..one.Start], .. json[one.Start..one.ValueStart], .. value, (byte)',', .. json[one.Start..]],
                _ => [.. json[..one.ValueStart], .. value, .. json[one.End..]],
            };
        }
        return json;
    }

    private static ReadOnlySpan<byte> Value(byte[] json, Property property) => json.AsSpan(property.ValueStart..property.End);

    private static byte[] Without(byte[] json, Property property)
    {
        int end = property.End, start = property.Start;
        if (end < json.Length && json[end] == ',')
            end++;
        else
            while (start > 0 && json[start - 1] is (byte)',' or (byte)' ' or (byte)'\n')
                start--;
        return [.. json[..start], .. json[end..]];
    }

    /// <summary>The properties at all depths; of a text that is no longer JSON those before the fault.</summary>
    private static List<Property> Properties(byte[] json)
    {
        List<Property> found = [];
        Stack<(int Start, int ValueStart)> open = [];
        var reader = new Utf8JsonReader(json);
        (int Start, int ValueStart)? name = null;
        try
        {
            while (reader.Read())
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        int start = (int)reader.TokenStartIndex, value = (int)reader.BytesConsumed;
                        while (value < json.Length && json[value] is (byte)' ' or (byte)':' or (byte)'\n')
                            value++;
                        name = (start, value);
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push(name ?? (-1, -1));
                        name = null;
                        break;
                    default:
                        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                            name = open.Pop();
                        if (name is { Start: >= 0 } whole)
                            found.Add(new(whole.Start, whole.ValueStart, (int)reader.BytesConsumed));
                        name = null;
                        break;
                }
        }
        catch (JsonException)
        {
            // A change before made it so.
        }
        return found;
    }

    /// <summary>Places in the text: of the quoted name, of the value, and the end of the value.</summary>
    private readonly record struct Property(int Start, int ValueStart, int End);
}
