using Weft.Text.Bpe;

namespace Weft.Text;

/// <summary>Learns merges one after another and gives the tokens that they make their ids.</summary>
internal static class MergeOrder
{
    /// <param name="learner">Holds the words.</param>
    /// <param name="tokens">What learning begins with; what is learned is added.</param>
    /// <param name="limits">When to stop.</param>
    /// <param name="progress">Told the size of the vocabulary.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    public static List<BpeMerge> Learn(MergeLearner learner, TokenTable tokens, in MergeLimits limits,
        IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var merges = new List<BpeMerge>();
        while (tokens.Count < limits.VocabularySize && learner.TakeBest(limits.MinimumFrequency) is (int left, int right))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string token = string.Concat(tokens[left], tokens[right].AsSpan(limits.Prefix.Length));
            // Two ways to the same string share one id. Words of a text must never add up to a special token.
            tokens.TryAdd(token);
            if (tokens.Ids[token] < tokens.SpecialCount)
                continue;
            var merge = new BpeMerge(left, right, tokens.Ids[token], merges.Count);
            merges.Add(merge);
            learner.Apply(merge);
            if (merges.Count % 64 == 0)
                progress?.Report(new TokenizerTrainingProgress("merge", tokens.Count, limits.VocabularySize));
        }
        progress?.Report(new TokenizerTrainingProgress("merge", tokens.Count, tokens.Count));
        return merges;
    }
}

/// <summary>When learning stops.</summary>
/// <param name="VocabularySize">Tokens at the end.</param>
/// <param name="MinimumFrequency">How often a pair must occur.</param>
/// <param name="Prefix">What the second token of a pair begins with and loses.</param>
internal readonly record struct MergeLimits(int VocabularySize, int MinimumFrequency, string Prefix = "");
