using Weft.Evaluation.Harness.Requests;
using Weft.Inference;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>The small model of the assets, which knows stories for children, and one sequence at a time computed by plain formulas.</summary>
internal sealed class StoryModel : IDisposable
{
    private StoryModel(TextGenerator generator) => Generator = generator;

    public TextGenerator Generator { get; }

    public static StoryModel Open(bool exact = true) =>
        new(TextGenerator.Load(TestAssets.Require("models/tinystories-656k"), new() { Exact = exact, Threads = 2 }));

    public EvaluatedModel Ask(EvaluatedModelOptions? options = null) => new(Generator, options);

    /// <summary>log p(ids from <paramref name="begin"/> on | those before), by the logits of the whole sequence; and whether each is the likeliest.</summary>
    public ScoredText Score(int[] ids, int begin)
    {
        int vocabulary = Generator.Model.Spec.VocabularySize;
        // The last id is scored but never read.
        float[] logits = new float[(ids.Length - 1) * vocabulary];
        Weft.Model.LanguageModelExtensions.ComputeLogits(Generator.Model, ids.AsSpan(0, ids.Length - 1), logits);
        double sum = 0;
        bool greedy = true;
        for (int at = begin; at < ids.Length; at++)
        {
            double[] row = [.. logits.Skip((at - 1) * vocabulary).Take(vocabulary).Select(logit => (double)logit)];
            double greatest = row.Max();
            sum += row[ids[at]] - greatest - Math.Log(row.Sum(logit => Math.Exp(logit - greatest)));
            greedy &= row[ids[at]] == greatest;
        }
        return new(sum, greedy);
    }

    /// <summary>A continuation scored alone. The context must not end in white space.</summary>
    public ScoredText Score(string context, string continuation) => Score(Encode(context, continuation), Generator.Tokenizer.EncodeToIds(context).Length);

    /// <summary>
    /// The ids of a context, and behind them those of the whole text from there on: what lm-evaluation-harness scores, also where a token of the whole lies across the border.
    /// </summary>
    public int[] Encode(string context, string continuation)
    {
        int[] own = Generator.Tokenizer.EncodeToIds(context);
        return [.. own, .. Generator.Tokenizer.EncodeToIds(context + continuation)[own.Length..]];
    }

    public void Dispose() => Generator.Dispose();
}
