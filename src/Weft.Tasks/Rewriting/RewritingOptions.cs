using Weft.Inference;

namespace Weft.Tasks;

/// <summary>How an encoder-decoder writes a text: by a beam search, which leaves nothing to chance.</summary>
public record RewritingOptions
{
    /// <summary>Candidates of the search; 1 takes the likeliest token every time. Null: as many as the model's makers recommend, or else 4.</summary>
    public int? Beams { get; init; }

    /// <summary>Texts compete by log-probability / length^penalty: above 0 longer ones gain. Null: as the model's makers recommend, or else 1.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>
    /// Above 0, such as 0.2, texts gain that attend to all of their source (see <see cref="GenerationOptions.CoveragePenalty"/>); needs 2 or more beams. 0 leaves it out.
    /// </summary>
    public double CoveragePenalty { get; init; }

    /// <summary>Most tokens that are written.</summary>
    public int MaximumTokens { get; init; } = 256;

    /// <summary>What stands before each text, such as T5's <c>summarize: </c>. Null: what the model's config says, or else nothing.</summary>
    public string? Prefix { get; init; }

    /// <summary>Refuse, Truncate, or MapReduce: then a long text is taken apart where paragraphs or sentences end.</summary>
    public LongInput Long { get; init; }

    internal GenerationOptions For(LanguageModel model, int? forcedBegin)
    {
        LongInputs.Check(Long, LongInput.Refuse, LongInput.Truncate, LongInput.MapReduce);
        return new GenerationOptions
        {
            Beams = Beams ?? (int)(model.Recommended("num_beams") ?? 4),
            LengthPenalty = LengthPenalty ?? model.Recommended("length_penalty") ?? 1,
            CoveragePenalty = CoveragePenalty,
            MaximumTokens = MaximumTokens,
            Sampling = SamplingOptions.Greedy,
            ForcedBeginId = forcedBegin,
        };
    }
}
