namespace Weft.Text.PostProcessors;

/// <summary>Ids that a post-processor puts around a single text. The templates of pairs are kept in the file, not run.</summary>
internal sealed record PostProcessor(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    public static PostProcessor Nothing { get; } = new([], []);

    /// <summary>This one first, then <paramref name="outer"/> around its result.</summary>
    public PostProcessor Within(PostProcessor outer) =>
        new([.. outer.Before, .. Before], [.. After, .. outer.After]);
}
