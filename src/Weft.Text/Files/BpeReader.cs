using System.Text.Json;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>The <c>model</c> of a tokenizer.json when it is BPE.</summary>
internal static class BpeReader
{
    public static BpeDefinition Read(JsonField model)
    {
        RefuseOptions(model);
        Dictionary<string, int> ids = VocabularyReader.Read(model.Required("vocab"));
        JsonField? unknown = model.Optional("unk_token");
        if (unknown is JsonField token && !ids.ContainsKey(token.Text()))
            throw token.Refuse("the vocabulary has no such token; add it to model.vocab or write null");
        return new BpeDefinition(ids, ReadMerges(model.Required("merges"), ids))
        {
            UnknownToken = unknown?.Text(),
            FuseUnknown = model.Flag("fuse_unk", whenAbsent: false),
            ByteFallback = model.Flag("byte_fallback", whenAbsent: false),
            IgnoreMerges = model.Flag("ignore_merges", whenAbsent: false),
        };
    }

    private static void RefuseOptions(JsonField model)
    {
        if (model.Optional("dropout") is JsonField dropout
            && !(dropout.Element.ValueKind == JsonValueKind.Number && dropout.Element.GetDouble() == 0))
            throw dropout.Refuse("encoding here is deterministic; write null");
        foreach (string affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
            if (model.Optional(affix) is JsonField field && field.Text().Length > 0)
                throw field.Refuse("marks inside words are not read yet; only null or an empty string is");
    }

    private static List<BpeMerge> ReadMerges(JsonField merges, Dictionary<string, int> ids)
    {
        var read = new List<BpeMerge>();
        foreach (JsonField merge in merges.Items())
        {
            (string left, string right) = ReadPair(merge, ids);
            read.Add(new BpeMerge(Id(left), Id(right), Id(left + right), read.Count));

            int Id(string token) => ids.TryGetValue(token, out int id)
                ? id
                : throw merge.Refuse(
                    $"the vocabulary has no token '{JsonField.Shorten(token)}'; restore the missing entries of model.vocab");
        }
        return read;
    }

    // "a b" in older files, ["a", "b"] in newer ones, which may then contain spaces.
    private static (string Left, string Right) ReadPair(JsonField merge, Dictionary<string, int> ids)
    {
        const string Remedy = "write two tokens here, as \"a b\" or [\"a\", \"b\"]";
        if (merge.Element.ValueKind == JsonValueKind.Array)
        {
            JsonField[] pair = [.. merge.Items()];
            return pair.Length == 2 && pair[0].Text().Length > 0 && pair[1].Text().Length > 0
                ? (pair[0].Text(), pair[1].Text())
                : throw merge.Refuse(Remedy);
        }
        string text = merge.Text();
        var splits = new List<(string Left, string Right)>();
        for (int at = 1; at < text.Length - 1; at++)
            if (text[at] == ' ')
                splits.Add((text[..at], text[(at + 1)..]));
        // Where tokens hold spaces themselves, as in some Llama 2 files, the vocabulary says which space divides.
        if (splits.Count > 1)
            splits.RemoveAll(pair => !(ids.ContainsKey(pair.Left) && ids.ContainsKey(pair.Right)
                && ids.ContainsKey(pair.Left + pair.Right)));
        return splits.Count == 1 ? splits[0] : throw merge.Refuse(Remedy);
    }
}
