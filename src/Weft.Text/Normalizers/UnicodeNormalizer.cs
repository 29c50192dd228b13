using System.Text;

namespace Weft.Text.Normalizers;

/// <summary>
/// Unicode's normalization forms NFC, NFD, NFKC and NFKD (Unicode Standard Annex #15), with its own tables of Unicode 9, as
/// Hugging Face tokenizers have them.
/// </summary>
internal sealed class UnicodeNormalizer(bool compatible, bool compose) : Normalizer
{
    // Hangul syllables are computed: lead, vowel and trail consonants (Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Trails = 28, Syllables = Leads * Vowels * Trails;

    /// <summary>Characters below neither decompose in this form nor combine with what stands before them.</summary>
    private readonly char _firstAffected = compatible ? '\u00A0' : compose ? '\u0300' : '\u00C0';

    private readonly UnicodeTables _tables = UnicodeTables.Instance;

    public override bool Affects(in Piece piece) => NextAffected(piece.Text, 0) < piece.Length;

    public override void Normalize(in Piece piece, AlignedText output)
    {
        ReadOnlySpan<char> text = piece.Text;
        var scalars = new List<Scalar>();
        int at = 0;
        for (int next = NextAffected(text, 0); next < text.Length; next = NextAffected(text, at))
        {
            // A mark combines with the character before it, so that one belongs to the stretch to be normalized.
            int start = Math.Max(at, next - 1);
            int end = next;
            while (end < text.Length && text[end] >= _firstAffected)
                end++;
            output.Append(piece.Slice(at, start - at));
            AppendNormalized(piece.Slice(start, end - start), scalars, output);
            at = end;
        }
        output.Append(piece.Slice(at, text.Length - at));
    }

    private int NextAffected(ReadOnlySpan<char> text, int from)
    {
        int found = text[from..].IndexOfAnyInRange(_firstAffected, char.MaxValue);
        return found < 0 ? text.Length : from + found;
    }

    private void AppendNormalized(in Piece piece, List<Scalar> scalars, AlignedText output)
    {
        scalars.Clear();
        for (int at = 0, length; at < piece.Length; at += length)
        {
            Rune rune = ScalarAt(piece.Text, at, out length);
            Decompose(rune.Value, piece.OriginOf(at, at + length), scalars);
        }
        OrderMarks(scalars);
        int count = compose ? Compose(scalars) : scalars.Count;
        for (int i = 0; i < count; i++)
            output.Append(new Rune(scalars[i].Value), scalars[i].Origin);
    }

    private void Decompose(int scalar, Origin origin, List<Scalar> into)
    {
        int syllable = scalar - SyllableBase;
        if ((uint)syllable < Syllables)
        {
            into.Add(new(LeadBase + syllable / (Vowels * Trails), origin));
            into.Add(new(VowelBase + syllable / Trails % Vowels, origin));
            if (syllable % Trails != 0)
                into.Add(new(TrailBase + syllable % Trails, origin));
        }
        else if (_tables.Decomposition(scalar, compatible) is int[] parts)
        {
            foreach (int part in parts)
                Decompose(part, origin, into);
        }
        else
        {
            into.Add(new(scalar, origin));
        }
    }

    // Marks between two starters are sorted by class; equals keep their order.
    private void OrderMarks(List<Scalar> scalars)
    {
        for (int i = 0; i < scalars.Count; i++)
        {
            int start = i;
            while (i < scalars.Count && _tables.CombiningClass(scalars[i].Value) != 0)
                i++;
            if (i - start < 2)
                continue;
            Scalar[] ordered = [.. scalars.GetRange(start, i - start).OrderBy(scalar => _tables.CombiningClass(scalar.Value))];
            for (int k = 0; k < ordered.Length; k++)
                scalars[start + k] = ordered[k];
        }
    }

    /// <summary>Composes in place and returns how many scalars are left at the front.</summary>
    private int Compose(List<Scalar> scalars)
    {
        int kept = 0, starter = -1, lastClass = 0;
        for (int i = 0; i < scalars.Count; i++)
        {
            Scalar scalar = scalars[i];
            int combiningClass = _tables.CombiningClass(scalar.Value);
            // A mark is blocked from its starter by one of the same or a higher class between them.
            bool adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || lastClass < combiningClass)
                && Pair(scalars[starter].Value, scalar.Value) is int composite and >= 0)
            {
                scalars[starter] = new(composite, scalars[starter].Origin.To(scalar.Origin));
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

    private readonly record struct Scalar(int Value, Origin Origin);
}
