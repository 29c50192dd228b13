using System.Text.Json;

namespace Weft;

/// <summary>
/// A value that Hugging Face's files write as one integer or as a list of them, such as <c>eos_token_id</c>. Linked as an internal class
/// into each library that reads one.
/// </summary>
internal static class IntegerList
{
    /// <summary>The integers; null where the value is something else.</summary>
    public static int[]? Read(JsonElement value)
    {
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        int[] integers = new int[items.Length];
        for (int i = 0; i < items.Length; i++)
            if (items[i].ValueKind != JsonValueKind.Number || !items[i].TryGetInt32(out integers[i]))
                return null;
        return integers;
    }
}
