using System.Globalization;
using System.Text;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>Parts of the JSON of an encoded text.</summary>
internal static class EncodingJson
{
    public static void AppendIds(StringBuilder json, int[] ids) => AppendNumbers(json, "ids", ids);

    public static void AppendNumbers(StringBuilder json, string name, int[] numbers)
    {
        json.Append('"').Append(name).Append("\":[");
        for (int i = 0; i < numbers.Length; i++)
            json.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}{numbers[i]}");
        json.Append(']');
    }

    public static void AppendTokens(StringBuilder json, IReadOnlyList<string> tokens)
    {
        json.Append("\"tokens\":[");
        for (int i = 0; i < tokens.Count; i++)
            JsonText.Append(i == 0 ? json : json.Append(','), tokens[i]);
        json.Append(']');
    }

    /// <param name="json">Receives them.</param>
    /// <param name="encoded">The text or pair.</param>
    /// <param name="positions">The unit of the offsets, for each text of it.</param>
    public static void AppendOffsets(StringBuilder json, EncodedText encoded, params ReadOnlySpan<TextPositions> positions)
    {
        json.Append("\"offsets\":[");
        for (int i = 0; i < encoded.Offsets.Length; i++)
        {
            Range offset = encoded.Offsets[i];
            TextPositions own = positions[Math.Max(0, encoded.Sequences[i])];
            json.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}[{own.Of(offset.Start)},{own.Of(offset.End)}]");
        }
        json.Append(']');
    }
}
