using System.Text.Json;

namespace Weft.Text.Files;

/// <summary>A vocabulary as an object from token to id: the <c>vocab</c> of a model, or a vocab.json.</summary>
internal static class VocabularyReader
{
    public static Dictionary<string, int> Read(JsonField vocabulary)
    {
        if (vocabulary.Element.ValueKind != JsonValueKind.Object)
            throw vocabulary.Refuse("write a JSON object from token to id here");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var owners = new Dictionary<int, string>();
        foreach (JsonProperty entry in vocabulary.Element.EnumerateObject())
        {
            string token = Name(vocabulary, entry);
            int id = new JsonField(vocabulary.File, $"{vocabulary.Path}[{JsonField.Shorten(token)}]", entry.Value)
                .Integer(0, TokenizerReader.HighestId);
            if (!ids.TryAdd(token, id))
                throw new InvalidDataException(
                    $"{Place(vocabulary)} lists token '{JsonField.Shorten(token)}' twice; keep one entry");
            if (!owners.TryAdd(id, token))
                throw new InvalidDataException($"{Place(vocabulary)} gives id {id} to both "
                    + $"'{JsonField.Shorten(owners[id])}' and '{JsonField.Shorten(token)}'; give each token its own id");
        }
        return ids;
    }

    private static string Place(JsonField vocabulary) =>
        vocabulary.Path.Length == 0 ? $"{vocabulary.File}: the vocabulary" : $"{vocabulary.File}: field '{vocabulary.Path}'";

    private static string Name(JsonField vocabulary, JsonProperty entry)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException)
        {
            throw new InvalidDataException(
                $"{Place(vocabulary)} names a token with half a surrogate pair; write whole characters");
        }
    }
}
