using Weft.Model.Spec;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>The rows of a pass at their largest, as a memory plan has to assume them.</summary>
/// <param name="Length">Tokens of the decoder, or of an encoder alone.</param>
/// <param name="SourceLength">Tokens of the encoder beside a decoder; 0 without one.</param>
internal sealed record LargestRows(long Length, long SourceLength)
{
    /// <summary>Sentinels of T5; the length of a span's row does not depend on them.</summary>
    private const int AnySentinels = int.MaxValue;

    /// <summary>Rows of a window: of preferences one for each answer.</summary>
    public int RowsPerWindow { get; init; } = 1;

    /// <summary>Share of the tokens that are predicted.</summary>
    public double TargetShare { get; init; } = 1;

    /// <summary>A row has several documents, which masks keep apart.</summary>
    public bool IsPacked { get; init; }

    /// <summary>A row may end with padding, which masks hide where tokens see what comes later.</summary>
    public bool IsPadded { get; init; }

    /// <summary>Full windows of text.</summary>
    public static LargestRows OfWindows(ModelSpec spec, long context) => new(context, spec.HasSource ? context : 0);

    /// <summary>Of a recipe that has been filled in.</summary>
    public static LargestRows Of(Recipe recipe)
    {
        ObjectiveRecipe objective = recipe.Training.Objective;
        (int context, PackingKind packing) = (recipe.Model.Context, ObjectiveCheck.PackingOf(recipe));
        LargestRows rows = ObjectiveCheck.KindOf(recipe) switch
        {
            ObjectiveKind.Masked => new(context, 0) { TargetShare = objective.Share ?? new MaskedText(0, 1).Share },
            // A prefix is as long as what is predicted after it, on the mean.
            ObjectiveKind.Prefix => new(context, 0) { TargetShare = 0.5 },
            // One state of each row, or, of spans and words, up to all of them.
            ObjectiveKind.Classification => new(context, 0) { TargetShare = recipe.Task is { Kind: TaskKind.Spans or TaskKind.Tokens } ? 1 : 1.0 / context },
            ObjectiveKind.Preference => new(context, 0) { RowsPerWindow = 2 },
            ObjectiveKind.Spans => OfSpans(objective, context),
            ObjectiveKind.Pairs or ObjectiveKind.Denoising => new(context, context),
            _ => new(context, 0),
        };
        return rows with { IsPacked = packing == PackingKind.Documents, IsPadded = packing != PackingKind.Windows };
    }

    private static LargestRows OfSpans(ObjectiveRecipe objective, int context)
    {
        var usual = new SpanCorruption(AnySentinels, AnySentinels, 0, 0);
        SpanCorruption spans = usual with { Density = objective.Density ?? usual.Density, MeanSpan = objective.MeanLength ?? usual.MeanSpan };
        RowSize size = spans.SizeOf(spans.PieceLength(context));
        return new(size.Length, size.SourceLength);
    }
}
