namespace Weft.Evaluation.Metrics.Rouge;

/// <summary>
/// Porter's stemmer for English (Porter, "An algorithm for suffix stripping", 1980) with the changes that NLTK makes by default, which are those that
/// rouge-score computes with: irregular words, short words that end in "ies" and "ied", y after a consonant, and three more endings.
/// </summary>
public static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["sky"] = "sky",
        ["skies"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["news"] = "news",
        ["inning"] = "inning",
        ["innings"] = "inning",
        ["outing"] = "outing",
        ["outings"] = "outing",
        ["canning"] = "canning",
        ["cannings"] = "canning",
        ["howe"] = "howe",
        ["proceed"] = "proceed",
        ["exceed"] = "exceed",
        ["succeed"] = "succeed",
    };

    private static readonly (string Ending, string Replacement)[] Plurals = [("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")];

    /// <summary>Two endings become one, as in rational-ization. The first that fits decides, even where its stem is too short.</summary>
    private static readonly (string Ending, string Replacement)[] DoubleEndings =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"), ("entli", "ent"),
        ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"),
        ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    private static readonly (string Ending, string Replacement)[] LaterEndings =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] LastEndings =
    [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize",
    ];

    /// <summary>The stem of a word in small letters.</summary>
    public static string Stem(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (Irregular.TryGetValue(word, out string? irregular))
            return irregular;
        if (word.Length <= 2)
            return word;
        word = RemovePlural(word);
        word = RemovePast(word);
        if (word is [_, _, .., 'y'] && IsConsonant(word, word.Length - 2))
            word = $"{word[..^1]}i";
        word = JoinDoubleEnding(word);
        word = Replace(word, LaterEndings, static stem => Measure(stem) > 0);
        word = RemoveLastEnding(word);
        word = RemoveFinalE(word);
        return word.EndsWith("ll", StringComparison.Ordinal) && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    /// <summary>Step 1a.</summary>
    private static string RemovePlural(string word) =>
        word is [_, 'i', 'e', 's'] ? word[..^1] : Replace(word, Plurals, static _ => true);

    /// <summary>Step 1b: -ed and -ing, and what the stem then needs.</summary>
    private static string RemovePast(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal))
            return word.Length == 4 ? word[..^1] : word[..^2];
        if (word.EndsWith("eed", StringComparison.Ordinal))
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        int ending = word.EndsWith("ed", StringComparison.Ordinal) ? 2 : word.EndsWith("ing", StringComparison.Ordinal) ? 3 : 0;
        string stem = word[..^ending];
        if (ending == 0 || !Enumerable.Range(0, stem.Length).Any(i => !IsConsonant(stem, i)))
            return word;
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal))
            return $"{stem}e";
        if (stem.Length >= 2 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1))
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        return Measure(stem) == 1 && EndsShort(stem) ? $"{stem}e" : stem;
    }

    /// <summary>Step 2.</summary>
    private static string JoinDoubleEnding(string word)
    {
        if (word.EndsWith("alli", StringComparison.Ordinal) && Measure(word[..^4]) > 0)
            return JoinDoubleEnding(word[..^2]);
        // The l counts for the stem, so that words as short as geo-logy lose their ending too.
        if (word.EndsWith("logi", StringComparison.Ordinal))
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        return Replace(word, DoubleEndings, static stem => Measure(stem) > 0);
    }

    /// <summary>Step 4.</summary>
    private static string RemoveLastEnding(string word)
    {
        foreach (string ending in LastEndings)
        {
            if (!word.EndsWith(ending, StringComparison.Ordinal))
                continue;
            string stem = word[..^ending.Length];
            return Measure(stem) > 1 && (ending != "ion" || stem[^1] is 's' or 't') ? stem : word;
        }
        return word;
    }

    /// <summary>Step 5a.</summary>
    private static string RemoveFinalE(string word)
    {
        if (word is not [.. var stem, 'e'])
            return word;
        int measure = Measure(stem);
        return measure > 1 || (measure == 1 && !EndsShort(stem)) ? stem : word;
    }

    /// <summary>Replaces the first ending that fits, if what stands before it may lose it.</summary>
    private static string Replace(string word, (string Ending, string Replacement)[] rules, Predicate<string> mayLose)
    {
        foreach ((string ending, string replacement) in rules)
        {
            if (!word.EndsWith(ending, StringComparison.Ordinal))
                continue;
            string stem = word[..^ending.Length];
            return mayLose(stem) ? stem + replacement : word;
        }
        return word;
    }

    /// <summary>Porter's m: how often a vowel is followed by a consonant.</summary>
    private static int Measure(string stem)
    {
        int measure = 0;
        bool afterVowel = false;
        for (int i = 0; i < stem.Length; i++)
        {
            bool consonant = IsConsonant(stem, i);
            measure += consonant && afterVowel ? 1 : 0;
            afterVowel = !consonant;
        }
        return measure;
    }

    /// <summary>Porter's *o, consonant, vowel, consonant, the last one not w, x or y; or two letters, vowel and consonant.</summary>
    private static bool EndsShort(string stem)
    {
        int last = stem.Length - 1;
        if (last < 1 || !IsConsonant(stem, last) || IsConsonant(stem, last - 1))
            return false;
        return last == 1 || (IsConsonant(stem, last - 2) && stem[last] is not ('w' or 'x' or 'y'));
    }

    /// <summary>Everything but a, e, i, o and u, and a y after a consonant.</summary>
    private static bool IsConsonant(string word, int i)
    {
        // In a row of y every other one is a vowel.
        int first = i;
        while (first > 0 && word[first] == 'y')
            first--;
        bool consonant = word[first] is not ('a' or 'e' or 'i' or 'o' or 'u');
        return (i - first) % 2 == 0 ? consonant : !consonant;
    }
}
