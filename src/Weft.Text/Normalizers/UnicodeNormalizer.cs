using System.Text;

namespace Weft.Text.Normalizers;

/// <summary>
/// Unicode's normalization forms NFC, NFD, NFKC and NFKD (Unicode Standard Annex #15), with its own tables of Unicode 15.1.
/// </summary>
internal sealed class UnicodeNormalizer(bool compatible, bool compose) : Normalizer
{
    // Hangul syllables are computed: lead, vowel and trail consonants (Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Trails = 28, Syllables = Leads * Vowels * Trails;

    /// <summary>Characters below neither decompose in this form nor combine with what stands before them.</summary>
    private readonly char _firstAffected = compatible ? '\u00A0' : compose ? '\u0300' : '\u00C0';

    private readonly UnicodeTables _tables = UnicodeTables.Instance;

    public override string Normalize(string text)
    {
        int next = NextAffected(text, 0);
        if (next == text.Length)
            return text;
        var result = new StringBuilder(text.Length + 16);
        var scalars = new List<int>();
        int at = 0;
        while (next < text.Length)
        {
            // A mark combines with the character before it, so that one belongs to the stretch to be normalized.
            int start = Math.Max(at, next - 1);
            int end = next;
            while (end < text.Length && text[end] >= _firstAffected)
                end++;
            result.Append(text, at, start - at);
            AppendNormalized(text.AsSpan(start, end - start), scalars, result);
            at = end;
            next = NextAffected(text, at);
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    private int NextAffected(string text, int from)
    {
        int found = text.AsSpan(from).IndexOfAnyInRange(_firstAffected, char.MaxValue);
        return found < 0 ? text.Length : from + found;
    }

    private void AppendNormalized(ReadOnlySpan<char> text, List<int> scalars, StringBuilder result)
    {
        scalars.Clear();
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, scalars);
        OrderMarks(scalars);
        int count = compose ? Compose(scalars) : scalars.Count;
        for (int i = 0; i < count; i++)
            result.Append(new Rune(scalars[i]));
    }

    private void Decompose(int scalar, List<int> into)
    {
        int syllable = scalar - SyllableBase;
        if ((uint)syllable < Syllables)
        {
            into.Add(LeadBase + syllable / (Vowels * Trails));
            into.Add(VowelBase + syllable / Trails % Vowels);
            if (syllable % Trails != 0)
                into.Add(TrailBase + syllable % Trails);
        }
        else if (_tables.Decomposition(scalar, compatible) is int[] parts)
        {
            foreach (int part in parts)
                Decompose(part, into);
        }
        else
        {
            into.Add(scalar);
        }
    }

    // Marks between two starters are sorted by class; equals keep their order.
    private void OrderMarks(List<int> scalars)
    {
        for (int i = 0; i < scalars.Count; i++)
        {
            int start = i;
            while (i < scalars.Count && _tables.CombiningClass(scalars[i]) != 0)
                i++;
            if (i - start < 2)
                continue;
            int[] ordered = [.. scalars.GetRange(start, i - start).OrderBy(_tables.CombiningClass)];
            for (int k = 0; k < ordered.Length; k++)
                scalars[start + k] = ordered[k];
        }
    }

    /// <summary>Composes in place and returns how many scalars are left at the front.</summary>
    private int Compose(List<int> scalars)
    {
        int kept = 0, starter = -1, lastClass = 0;
        for (int i = 0; i < scalars.Count; i++)
        {
            int scalar = scalars[i];
            int combiningClass = _tables.CombiningClass(scalar);
            // A mark is blocked from its starter by one of the same or a higher class between them.
            bool adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || lastClass < combiningClass)
                && Pair(scalars[starter], scalar) is int composite and >= 0)
            {
                scalars[starter] = composite;
                continue;
            }
            if (combiningClass == 0)
                starter = kept;
            lastClass = combiningClass;
            scalars[kept++] = scalar;
        }
        return kept;
    }

    private int Pair(int first, int second)
    {
        if ((uint)(first - LeadBase) < Leads && (uint)(second - VowelBase) < Vowels)
            return SyllableBase + ((first - LeadBase) * Vowels + second - VowelBase) * Trails;
        if ((uint)(first - SyllableBase) < Syllables && (first - SyllableBase) % Trails == 0
            && second > TrailBase && second < TrailBase + Trails)
            return first + second - TrailBase;
        return _tables.Composite(first, second);
    }
}
