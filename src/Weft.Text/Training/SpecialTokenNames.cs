using Weft.Text.AddedTokens;

namespace Weft.Text;

/// <summary>The special tokens that a trainer is asked for.</summary>
internal static class SpecialTokenNames
{
    /// <exception cref="ArgumentException">A name is empty or stands twice.</exception>
    public static void Check(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(names));
            if (!seen.Add(name))
                throw new ArgumentException($"special token '{name}' is listed twice; list it once", nameof(names));
        }
    }

    /// <summary>The names as added tokens with ids from <paramref name="firstId"/> on.</summary>
    public static IReadOnlyList<AddedToken> ToAddedTokens(IReadOnlyList<string> names, int firstId) =>
        [.. names.Select((name, index) => new AddedToken(firstId + index, name) { Special = true })];
}
