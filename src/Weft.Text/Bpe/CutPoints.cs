using System.Numerics;
using System.Text;

namespace Weft.Text.Bpe;

/// <summary>
/// Where a word can be cut without changing its tokens: between two characters that stand side by side inside no token that a
/// merge makes. SentencePiece models have no pre-tokenizer, so a whole document is one word; cut this way it becomes short
/// words again, which fit the cache.
/// </summary>
internal sealed class CutPoints
{
    // One bit per hash: a collision only forbids a cut that would have been allowed.
    private readonly ulong[] _joined;
    private readonly int _shift;

    /// <param name="results">The tokens that merges make.</param>
    public CutPoints(IReadOnlyCollection<string> results)
    {
        long pairs = Math.Max(64, results.Sum(token => (long)token.Length));
        int bits = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(pairs * 16, 1 << 26));
        _joined = new ulong[bits / 64];
        _shift = 64 - BitOperations.Log2((uint)bits);
        foreach (string token in results)
        {
            int previous = -1;
            foreach (Rune rune in token.EnumerateRunes())
            {
                if (previous >= 0)
                {
                    int bit = Hash(previous, rune.Value);
                    _joined[bit >> 6] |= 1UL << bit;
                }
                previous = rune.Value;
            }
        }
    }

    /// <summary>Whether no merge can cross from one Unicode scalar to the next. Both must be in the vocabulary.</summary>
    public bool CanCut(int left, int right)
    {
        int bit = Hash(left, right);
        return (_joined[bit >> 6] >> bit & 1) == 0;
    }

    private int Hash(int left, int right) => (int)((((ulong)left << 21) | (uint)right) * 0x9E3779B97F4A7C15 >> _shift);
}
