namespace Weft.Text.Bpe;

/// <summary>
/// A byte-pair encoding as data (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units").
/// </summary>
/// <param name="Ids">Id of each token of the model. Ids may leave gaps.</param>
/// <param name="Merges">Pairs of ids that may merge, in the order of their ranks.</param>
internal sealed record BpeDefinition(IReadOnlyDictionary<string, int> Ids, IReadOnlyList<BpeMerge> Merges)
{
    /// <summary>
    /// Stands for characters that are not in the vocabulary; without one they are dropped, as Hugging Face does.
    /// </summary>
    public string? UnknownToken { get; init; }

    /// <summary>A run of unknown characters gives one unknown token instead of one each.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Unknown characters become the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> of their UTF-8 bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>A piece that is a token as a whole is taken whole, whatever the merges would give.</summary>
    public bool IgnoreMerges { get; init; }
}

/// <summary>Two adjacent tokens and the token that replaces them.</summary>
/// <param name="Left">The first id.</param>
/// <param name="Right">The second.</param>
/// <param name="Result">The id that takes their place.</param>
/// <param name="Rank">The lowest rank merges first, the leftmost pair of equals.</param>
internal readonly record struct BpeMerge(int Left, int Right, int Result, int Rank);
