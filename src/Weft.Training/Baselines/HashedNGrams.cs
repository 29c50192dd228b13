using System.Numerics.Tensors;

using Weft.Training.Runs;

namespace Weft.Training.Baselines;

/// <summary>
/// Texts as sparse vectors of n-grams: words and pairs of words, and runs of 1 to 4 characters, all in lower case, hashed into buckets (Weinberger et
/// al. 2009, arXiv:0902.2206). A bucket counts (1 + ln tf)·idf, idf = ln((1 + n)/(1 + df)) + 1 over the n training texts, and a vector has length 1. Of two texts the counts are added.
/// </summary>
internal sealed class HashedNGrams
{
    /// <summary>Buckets of a vector.</summary>
    public const int Buckets = 1 << 18;

    private const int MostCharacters = 4;

    /// <summary>Keep the kinds of n-grams apart.</summary>
    private const ulong Words = 1, Characters = 2;

    private readonly float[] _idf = new float[Buckets];

    /// <param name="texts">What is learnt from, as <see cref="LabelledRow.Key"/> has it: a second text stands behind a NUL.</param>
    public HashedNGrams(IReadOnlyList<string> texts)
    {
        int[] documents = new int[Buckets];
        foreach (string text in texts)
            foreach (int bucket in Count(text).Keys)
                documents[bucket]++;
        for (int bucket = 0; bucket < Buckets; bucket++)
            _idf[bucket] = (float)(Math.Log((1.0 + texts.Count) / (1 + documents[bucket])) + 1);
    }

    /// <summary>The vector of a text: buckets, ascending, and their values.</summary>
    public (int[] Places, float[] Values) Of(string text)
    {
        (int Bucket, int Count)[] counts = [.. Count(text).Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key)];
        float[] values = [.. counts.Select(pair => (float)(1 + Math.Log(pair.Count)) * _idf[pair.Bucket])];
        float norm = TensorPrimitives.Norm<float>(values);
        TensorPrimitives.Divide(values, norm == 0 ? 1 : norm, values);
        return ([.. counts.Select(pair => pair.Bucket)], values);
    }

    /// <summary>How often each bucket is met.</summary>
    internal static Dictionary<int, int> Count(string text)
    {
        var counts = new Dictionary<int, int>();
        foreach (string part in text.ToLowerInvariant().Split('\0'))
            Add(counts, part);
        return counts;
    }

    private static void Add(Dictionary<int, int> counts, string text)
    {
        string? before = null;
        foreach (string word in WordsOf(text))
        {
            Meet(counts, word, Words);
            if (before is not null)
                Meet(counts, $"{before} {word}", Words);
            before = word;
        }
        for (int start = 0; start < text.Length; start++)
            for (int length = 1; length <= MostCharacters && start + length <= text.Length; length++)
                Meet(counts, text.AsSpan(start, length), Characters);
    }

    /// <summary>Runs of letters and digits; every other character that is no white space is a word by itself.</summary>
    private static IEnumerable<string> WordsOf(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start + 1;
            if (char.IsLetterOrDigit(text[start]))
                while (end < text.Length && char.IsLetterOrDigit(text[end]))
                    end++;
            if (!char.IsWhiteSpace(text[start]))
                yield return text[start..end];
            start = end;
        }
    }

    private static void Meet(Dictionary<int, int> counts, ReadOnlySpan<char> gram, ulong kind)
    {
        ulong hash = kind;
        foreach (char character in gram)
            hash = SplitMix64.At(hash, character);
        int bucket = (int)(hash % Buckets);
        counts[bucket] = counts.GetValueOrDefault(bucket) + 1;
    }
}
