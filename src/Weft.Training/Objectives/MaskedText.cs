using Weft.Data;
using Weft.Training.Batches;

namespace Weft.Training.Objectives;

/// <summary>
/// Some tokens are to be guessed from all others: of those chosen, most are masked, some replaced and some left as they are (Devlin et al. 2018,
/// arXiv:1810.04805, section 3.1), anew in each epoch (Liu et al. 2019, arXiv:1907.11692, section 4.1).
/// </summary>
/// <param name="MaskId">Stands in for a masked token.</param>
/// <param name="VocabularySize">Replacements are drawn from below it.</param>
public sealed record MaskedText(long MaskId, int VocabularySize) : TextObjective
{
    /// <summary>Share of the tokens to be guessed.</summary>
    public double Share { get; init; } = 0.15;

    /// <summary>Share of those that are masked.</summary>
    public double MaskedShare { get; init; } = 0.8;

    /// <summary>Share of those that are replaced by a random token.</summary>
    public double ReplacedShare { get; init; } = 0.1;

    /// <summary>Put before each piece and never chosen, such as [CLS]; null for nothing.</summary>
    public long? BeginId { get; init; }

    /// <summary>Put behind each piece and never chosen, such as [SEP]; null for nothing.</summary>
    public long? EndId { get; init; }

    /// <summary>Ids that are never chosen, such as an end of text.</summary>
    public IReadOnlySet<long> Special { get; init; } = new HashSet<long>();

    /// <summary>For each id, whether it begins a word: words are then chosen whole. Null: each token by itself.</summary>
    public IReadOnlyList<bool>? BeginsWord { get; init; }

    /// <inheritdoc/>
    public override int PieceLength(int length)
    {
        CheckShare(Share, nameof(Share));
        if (!(MaskedShare >= 0 && ReplacedShare >= 0 && MaskedShare + ReplacedShare <= 1))
            throw new ArgumentException($"{MaskedShare} masked and {ReplacedShare} replaced are no shares of one; give two that add up to 1 at most, such as 0.8 and 0.1");
        return AtLeast(length - Around, length);
    }

    /// <inheritdoc/>
    public override RowSize SizeOf(int pieceLength) => new(pieceLength + Around, 0);

    private int Around => (BeginId is null ? 0 : 1) + (EndId is null ? 0 : 1);

    /// <inheritdoc/>
    /// <remarks>As many as the share says, rounded, but at least one; whole words may miss it by less than a word, as in BERT's own preparation.</remarks>
    public override Example Make(long[] ids, KeyedRandom random)
    {
        long[] read = [.. ids], targets = new long[ids.Length];
        Array.Fill(targets, TrainingBatch.Ignored);
        int[][] words = Words(ids);
        random.Shuffle(words.AsSpan());
        int wanted = Math.Max(1, (int)Math.Round(ids.Length * Share)), chosen = 0;
        foreach (int[] word in words)
        {
            if (chosen >= wanted)
                break;
            // Too long a word gives way to a shorter one, unless nothing would be chosen at all.
            if (chosen + word.Length > wanted && (chosen > 0 || Array.Exists(words, other => other.Length <= wanted)))
                continue;
            foreach (int place in word)
                (targets[place], read[place]) = (ids[place], Stand(ids[place], random));
            chosen += word.Length;
        }
        return new(Surround(read, BeginId, EndId), Surround(targets, BeginId is null ? null : TrainingBatch.Ignored, EndId is null ? null : TrainingBatch.Ignored));
    }

    private long Stand(long id, KeyedRandom random)
    {
        double chance = random.Unit();
        return chance < MaskedShare ? MaskId : chance < MaskedShare + ReplacedShare ? random.Below(VocabularySize) : id;
    }

    /// <summary>Places of the tokens that may be chosen, word by word.</summary>
    private int[][] Words(long[] ids)
    {
        var words = new List<List<int>>();
        bool open = false;
        for (int place = 0; place < ids.Length; place++)
        {
            bool special = Special.Contains(ids[place]);
            if (!special && open && BeginsWord is { } begins && !Look(begins, ids[place], nameof(BeginsWord)))
                words[^1].Add(place);
            else if (!special)
                words.Add([place]);
            open = !special;
        }
        return [.. words.Select(word => word.ToArray())];
    }

    private static long[] Surround(long[] values, long? before, long? after) =>
        [.. before is { } first ? [first] : Array.Empty<long>(), .. values, .. after is { } last ? [last] : Array.Empty<long>()];
}
