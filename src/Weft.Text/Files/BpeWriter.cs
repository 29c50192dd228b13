using System.Text.Json;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>Writes the <c>model</c> of a tokenizer.json when it is BPE.</summary>
internal static class BpeWriter
{
    public static void Write(Utf8JsonWriter writer, BpeDefinition model)
    {
        writer.WriteString("type", "BPE");
        if (model.Dropout > 0)
            writer.WriteNumber("dropout", model.Dropout);
        else
            writer.WriteNull("dropout");
        writer.WriteString("unk_token", model.UnknownToken);
        WriteMark(writer, "continuing_subword_prefix", model.ContinuingSubwordPrefix);
        WriteMark(writer, "end_of_word_suffix", model.EndOfWordSuffix);
        writer.WriteBoolean("fuse_unk", model.FuseUnknown);
        writer.WriteBoolean("byte_fallback", model.ByteFallback);
        writer.WriteBoolean("ignore_merges", model.IgnoreMerges);
        writer.WriteStartObject("vocab");
        Dictionary<int, string> tokens = [];
        foreach ((string token, int id) in model.Ids.OrderBy(entry => entry.Value))
        {
            writer.WriteNumber(token, id);
            tokens.Add(id, token);
        }
        writer.WriteEndObject();
        WriteMerges(writer, model.Merges, tokens);
    }

    private static void WriteMark(Utf8JsonWriter writer, string name, string mark)
    {
        if (mark.Length > 0)
            writer.WriteString(name, mark);
        else
            writer.WriteNull(name);
    }

    // The older form "a b" is what every reader knows; only tokens that hold a space need the newer one.
    private static void WriteMerges(Utf8JsonWriter writer, IReadOnlyList<BpeMerge> merges, Dictionary<int, string> tokens)
    {
        bool spaces = merges.Any(merge => tokens[merge.Result].Contains(' ', StringComparison.Ordinal));
        writer.WriteStartArray("merges");
        foreach (BpeMerge merge in merges)
        {
            (string left, string right) = (tokens[merge.Left], tokens[merge.Right]);
            if (!spaces)
            {
                writer.WriteStringValue($"{left} {right}");
                continue;
            }
            writer.WriteStartArray();
            writer.WriteStringValue(left);
            writer.WriteStringValue(right);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }
}
