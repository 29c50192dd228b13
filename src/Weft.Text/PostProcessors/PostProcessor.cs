namespace Weft.Text.PostProcessors;

/// <summary>One part of a template: a text, or an id that stands around texts.</summary>
/// <param name="Sequence">0 or 1 for the first or second text, -1 for an id.</param>
/// <param name="Id">The id, where the part is one.</param>
/// <param name="TypeId">Tells the texts of a pair apart, as BERT's segments.</param>
internal readonly record struct TemplatePart(int Sequence, int Id, int TypeId)
{
    public bool IsText => Sequence >= 0;

    public static TemplatePart Text(int sequence, int typeId) => new(sequence, -1, typeId);

    public static TemplatePart Special(int id, int typeId) => new(-1, id, typeId);
}

/// <summary>What stands around one text and around a pair of texts, and whether offsets leave out the space before a word.</summary>
/// <param name="Single">Names the first text once.</param>
/// <param name="Pair">Names each text once.</param>
internal sealed record PostProcessor(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    public static PostProcessor Nothing { get; } = new([TemplatePart.Text(0, 0)], [TemplatePart.Text(0, 0), TemplatePart.Text(1, 1)]);

    /// <summary>A byte-level token's offsets leave out white space at its ends.</summary>
    public bool TrimOffsets { get; init; }

    /// <summary>The white space at the start of the text may have been added, so it is no reason to move an offset.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>The ids before a single text.</summary>
    public IEnumerable<int> Before => Single.TakeWhile(part => !part.IsText).Select(part => part.Id);

    /// <summary>The ids after a single text.</summary>
    public IEnumerable<int> After => Single.SkipWhile(part => !part.IsText).Skip(1).Select(part => part.Id);

    /// <summary>All ids that it may add.</summary>
    public IEnumerable<int> AddedIds => Single.Concat(Pair).Where(part => !part.IsText).Select(part => part.Id).Distinct();

    /// <summary>How many ids it adds to one text or to a pair.</summary>
    public int AddedCount(bool pair) => (pair ? Pair : Single).Count(part => !part.IsText);

    /// <summary>The same offsets, and nothing around texts.</summary>
    public PostProcessor WithoutTemplate() => this with { Single = Nothing.Single, Pair = Nothing.Pair };

    /// <summary>This one first, then <paramref name="outer"/> around its result.</summary>
    public PostProcessor Within(PostProcessor outer) => new(Place(outer.Single, Single, 1), Place(outer.Pair, Pair, 2))
    {
        TrimOffsets = TrimOffsets || outer.TrimOffsets,
        AddPrefixSpace = TrimOffsets ? AddPrefixSpace : outer.AddPrefixSpace,
    };

    // Around what has been joined already only the ids at the ends still matter. A template without parts refuses pairs.
    private static IReadOnlyList<TemplatePart> Place(IReadOnlyList<TemplatePart> outer, IReadOnlyList<TemplatePart> inner, int texts) =>
        inner.Count == 0 || outer.Count == 0 ? []
        : inner.Count == texts ? outer
        : [.. outer.TakeWhile(part => !part.IsText), .. inner, .. outer.Reverse().TakeWhile(part => !part.IsText).Reverse()];
}
