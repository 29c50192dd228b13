using Weft.Text.Bpe;

namespace Weft.Text;

/// <summary>Learns merges one after another and gives the tokens that they make their ids.</summary>
internal static class MergeOrder
{
    /// <param name="learner">Holds the words.</param>
    /// <param name="tokens">The tokens by id; what is learned is appended.</param>
    /// <param name="limits">When to stop, and what no merge may spell.</param>
    /// <param name="progress">Told the size of the vocabulary.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    public static List<BpeMerge> Learn(MergeLearner learner, List<string> tokens, in MergeLimits limits,
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in tokens)
            ids.Add(token, ids.Count);
        var merges = new List<BpeMerge>();
        while (tokens.Count < limits.VocabularySize && learner.TakeBest(limits.MinimumFrequency) is (int left, int right))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string token = tokens[left] + tokens[right];
            // Words of a text must never add up to a special token.
            if (limits.SpecialTokens.Contains(token))
                continue;
            // Two ways to the same string share one id, so such a merge adds no token.
            if (ids.TryAdd(token, tokens.Count))
                tokens.Add(token);
            var merge = new BpeMerge(left, right, ids[token], merges.Count);
            merges.Add(merge);
            learner.Apply(merge);
            if (merges.Count % 64 == 0)
                progress?.Report(new BpeTrainingProgress("merge", tokens.Count, limits.VocabularySize));
        }
        progress?.Report(new BpeTrainingProgress("merge", tokens.Count, tokens.Count));
        return merges;
    }
}

/// <summary>When learning stops.</summary>
/// <param name="VocabularySize">Tokens at the end.</param>
/// <param name="MinimumFrequency">How often a pair must occur.</param>
/// <param name="SpecialTokens">What no merge may spell.</param>
internal readonly record struct MergeLimits(int VocabularySize, int MinimumFrequency, IReadOnlyList<string> SpecialTokens);
