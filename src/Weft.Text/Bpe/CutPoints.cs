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
    /// <summary>SentencePiece's mark of a space.</summary>
    private const char Mark = '\u2581';

    // The answers for Latin-1, whose last character gives its place to the mark of a space: most of what is asked.
    private readonly ulong[] _common = new ulong[(1 << 16) / 64];
    private readonly ScalarTable _scalars;
    private readonly bool _unknownIsApart;

    // One bit per hash: a collision only forbids a cut that would have been allowed.
    private readonly ulong[] _joined;
    private readonly int _shift;

    /// <param name="results">The tokens that merges make.</param>
    /// <param name="scalars">The characters of the vocabulary.</param>
    /// <param name="unknownIsApart">Other characters give tokens that never merge.</param>
    public CutPoints(IReadOnlyCollection<string> results, ScalarTable scalars, bool unknownIsApart)
    {
        (_scalars, _unknownIsApart) = (scalars, unknownIsApart);
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
        FillCommon();
    }

    /// <summary>Whether text can be cut between two Unicode scalars.</summary>
    public bool CanCut(int left, int right)
    {
        int first = CommonPlace(left), second = CommonPlace(right);
        int bit = first << 8 | second;
        return (first | second) >= 0 ? (_common[bit >> 6] >> bit & 1) != 0 : Decide(left, right);
    }

    private static int CommonPlace(int scalar) => scalar < 0xFF ? scalar : scalar == Mark ? 0xFF : -1;

    private bool Decide(int left, int right)
    {
        bool leftIsKnown = _scalars[left] >= 0, rightIsKnown = _scalars[right] >= 0;
        if (!leftIsKnown || !rightIsKnown)
            // A row of unknown characters may be one token.
            return _unknownIsApart && leftIsKnown != rightIsKnown;
        int bit = Hash(left, right);
        return (_joined[bit >> 6] >> bit & 1) == 0;
    }

    private void FillCommon()
    {
        for (int bit = 0; bit < 1 << 16; bit++)
            if (Decide(bit >> 8 == 0xFF ? Mark : bit >> 8, (bit & 0xFF) == 0xFF ? Mark : bit & 0xFF))
                _common[bit >> 6] |= 1UL << bit;
    }

    private int Hash(int left, int right) => (int)((((ulong)left << 21) | (uint)right) * 0x9E3779B97F4A7C15 >> _shift);
}
