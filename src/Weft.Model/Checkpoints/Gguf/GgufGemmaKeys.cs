using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>What Gemma's files say beside those of others (llama.cpp, <c>src/models/gemma2.cpp</c> and <c>gemma3.cpp</c>).</summary>
internal static class GgufGemmaKeys
{
    public const string Window = "attention.sliding_window";

    private const string Pattern = "attention.sliding_window_pattern", LocalTheta = "rope.freq_base_swa", ScoreCap = "attn_logit_softcapping", LogitCap = "final_logit_softcapping";

    /// <summary>A specification of plain blocks with what is Gemma's own.</summary>
    public static ModelSpec Read(GgufGemma gemma, GgufFacts facts, ModelSpec plain)
    {
        int window = facts.Integer(Window, gemma.Window ?? 0), period = facts.Integer(Pattern, gemma.Period);
        facts.Check(window >= 0, Window, "it must not be negative");
        facts.Check(period > 0, Pattern, "it must be at least 1");
        double? scoreCap = gemma.ScoreCap is { } score ? facts.Number(ScoreCap, score) : null;
        double? logitCap = gemma.LogitCap is not null || facts.Has(LogitCap) ? facts.Number(LogitCap, gemma.LogitCap ?? 0) : null;
        int heads = plain.Decoder!.Blocks[0].Attention.Heads, size = plain.Decoder.Blocks[0].Attention.HeadSize;
        int scalar = plain.Decoder.Blocks.Length == gemma.LargestBlocks ? plain.HiddenSize / heads : size;
        BlockSpec block = plain.Decoder.Blocks[0] with
        {
            Placement = NormPlacement.Sandwich,
            Attention = plain.Decoder.Blocks[0].Attention with { SoftCap = scoreCap, Scale = scalar == size ? null : 1 / Math.Sqrt(scalar) },
        };
        var rotary = (PositionSpec.Rotary)block.Attention.Position;
        BlockSpec sliding = block with
        {
            Attention = block.Attention with
            {
                Mask = new AttentionMask.SlidingWindow(window),
                Position = gemma.LocalTheta is { } local ? new PositionSpec.Rotary(facts.Number(LocalTheta, local)) : rotary,
            },
        };
        return plain with
        {
            Embedding = plain.Embedding with { Scale = Math.Sqrt(plain.HiddenSize) },
            Decoder = plain.Decoder with { Blocks = [.. plain.Decoder.Blocks.Select((_, i) => window > 0 && Slides(i, period) ? sliding : block)] },
            Head = ((HeadSpec.LanguageModel)plain.Head) with { SoftCap = logitCap },
        };
    }

    /// <summary>Writes the keys.</summary>
    public static void Write(GgufGemma gemma, ModelSpec spec, Action<string, object> add)
    {
        bool[] slides = [.. spec.Stack.Blocks.Select(block => block.Attention.Mask is AttentionMask.SlidingWindow)];
        if (spec.Stack.Blocks.FirstOrDefault(block => block.Attention.Mask is AttentionMask.SlidingWindow)?.Attention is { Mask: AttentionMask.SlidingWindow window } sliding)
        {
            add(Window, (uint)window.Size);
            // Versions of llama.cpp before the key have the family's own period.
            bool Has(int period) => slides.Index().All(block => block.Item == Slides(block.Index, period));
            if (!Has(gemma.Period) && Enumerable.Range(2, slides.Length).FirstOrDefault(Has) is > 0 and var other)
                add(Pattern, (uint)other);
            if (gemma.LocalTheta is not null && sliding.Position is PositionSpec.Rotary local)
                add(LocalTheta, (float)local.Theta);
        }
        if (spec.Stack.Blocks[0].Attention.SoftCap is { } scoreCap)
            add(ScoreCap, (float)scoreCap);
        if (spec.Head is HeadSpec.LanguageModel { SoftCap: { } logitCap })
            add(LogitCap, (float)logitCap);
    }

    private static bool Slides(int block, int period) => (block + 1) % period != 0;
}
