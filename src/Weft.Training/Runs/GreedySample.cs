using Weft.Text;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

/// <summary>
/// What a model writes after the beginning of a held-out text, or in answer to a held-out source, when it always takes the likeliest token. Computed
/// by the modules that are being trained, without a cache: a few dozen tokens now and then need none.
/// </summary>
/// <param name="held">What is written after, or in answer to.</param>
/// <param name="tokenizer">The run's tokenizer.</param>
/// <param name="end">Id that ends a text; null where there is none.</param>
internal sealed class GreedySample(HeldOutSample held, Tokenizer tokenizer, int? end)
{
    private const int MostTokens = 48;

    /// <summary>The prompt, or the source, and what the model writes.</summary>
    public (string Prompt, string Completion) Write(TrainableModel model)
    {
        List<int> ids = [.. held.Prompt];
        int most = Math.Min(ids.Count + MostTokens, model.Spec.ContextLength), vocabulary = model.Spec.VocabularySize;
        float[] logits = new float[most * vocabulary];
        while (ids.Count < most)
        {
            Span<float> written = logits.AsSpan(0, ids.Count * vocabulary);
            model.ComputeOutputs(new(ids.ToArray()) { SourceIds = held.Source }, written);
            int best = Likeliest(written[^vocabulary..]);
            if (best == end)
                break;
            ids.Add(best);
        }
        return (tokenizer.Decode(held.Source.Length > 0 ? held.Source : held.Prompt), tokenizer.Decode([.. ids.Skip(held.Prompt.Length)]));
    }

    /// <summary>Rows beyond the tokenizer's entries only pad the table.</summary>
    private int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int id = 1; id < Math.Min(logits.Length, tokenizer.VocabularySize); id++)
            if (logits[id] > logits[best])
                best = id;
        return best;
    }
}
