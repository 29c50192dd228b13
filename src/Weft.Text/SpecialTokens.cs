namespace Weft.Text;

/// <summary>
/// Which special tokens a text may name. A text from outside should name none: otherwise it can pretend to be the structure around it.
/// Make a set once and use it for many texts.
/// </summary>
public sealed class SpecialTokens
{
    private readonly HashSet<string>? _names;

    private SpecialTokens(HashSet<string>? names) => _names = names;

    /// <summary>The names of special tokens are text as any other.</summary>
    public static SpecialTokens None { get; } = new([]);

    /// <summary>Every special token that the text names counts as that token.</summary>
    public static SpecialTokens All { get; } = new((HashSet<string>?)null);

    /// <summary>Only these count.</summary>
    /// <param name="names">Contents of special tokens, such as <c>&lt;|endoftext|&gt;</c>.</param>
    public static SpecialTokens Named(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new([.. names]);
    }

    internal bool Allows(string name) => _names?.Contains(name) ?? true;
}
