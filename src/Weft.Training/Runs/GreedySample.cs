using Weft.Data;
using Weft.Model;
using Weft.Text;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

/// <summary>
/// What a model writes after the beginning of a held-out text when it always takes the likeliest token. Computed by the modules that are being
/// trained, without a cache: a few dozen tokens now and then need none.
/// </summary>
internal sealed class GreedySample(ITokenSequence held, Tokenizer tokenizer, int? endOfText)
{
    private const int PromptLength = 8;
    private const int MostTokens = 48;

    /// <summary>The prompt and its continuation.</summary>
    public (string Prompt, string Completion) Write(TrainableModel model)
    {
        long[] first = new long[Math.Min(Math.Min(PromptLength, held.TokenCount), model.Spec.ContextLength)];
        held.Copy(0, first);
        int[] prompt = [.. first.Select(id => (int)id)];
        List<int> ids = [.. prompt];
        int most = Math.Min(prompt.Length + MostTokens, model.Spec.ContextLength);
        while (ids.Count < most)
        {
            float[] logits = new float[ids.Count * model.Spec.VocabularySize];
            model.ComputeLogits(ids.ToArray(), logits);
            int best = Likeliest(logits.AsSpan(^model.Spec.VocabularySize..));
            if (best == endOfText)
                break;
            ids.Add(best);
        }
        return (tokenizer.Decode(prompt), tokenizer.Decode([.. ids.Skip(prompt.Length)]));
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
