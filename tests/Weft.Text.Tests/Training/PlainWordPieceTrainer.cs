using System.Text;
using Weft.Text.Normalizers;
using Weft.Text.Tests.Normalizers;

namespace Weft.Text.Tests.Training;

/// <summary>Learning word pieces as their definition says: count all pairs of the corpus anew for every merge. Strings only.</summary>
internal static class PlainWordPieceTrainer
{
    public static List<string> Train(IEnumerable<string> documents, WordPieceTrainerOptions options)
    {
        string[] corpus = [.. documents.SelectMany(document => Words(PlainBert.Normalize(document, true, true, options.Lowercase, options.Lowercase)))];
        string[] alphabet = [.. corpus.SelectMany(word => word.EnumerateRunes()).CountBy(rune => rune.Value).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key)
            .Take(options.AlphabetLimit ?? int.MaxValue).Select(entry => entry.Key).Order().Select(scalar => char.ConvertFromUtf32(scalar))];
        List<List<string>> words = [.. corpus.Select(word => word.EnumerateRunes().Select((rune, i) => (Character: rune.ToString(), Inside: i > 0))
            .Where(symbol => alphabet.Contains(symbol.Character)).Select(symbol => symbol.Inside ? "##" + symbol.Character : symbol.Character).ToList())];
        List<string> tokens = [.. options.SpecialTokens, .. alphabet, .. alphabet.Select(character => "##" + character).Where(marked => words.Any(word => word.Contains(marked)))];
        while (tokens.Count < options.VocabularySize)
        {
            var counts = words.SelectMany(word => word.Zip(word.Skip(1))).CountBy(pair => pair).Where(entry => entry.Value >= options.MinimumFrequency).ToList();
            if (counts.Count == 0)
                break;
            (string left, string right) = counts.OrderByDescending(entry => entry.Value)
                .ThenBy(entry => tokens.IndexOf(entry.Key.First)).ThenBy(entry => tokens.IndexOf(entry.Key.Second)).First().Key;
            string token = left + right[2..];
            if (!tokens.Contains(token))
                tokens.Add(token);
            foreach (List<string> word in words)
                for (int i = 0; i + 1 < word.Count; i++)
                    if ((word[i], word[i + 1]) == (left, right))
                    {
                        word[i] = token;
                        word.RemoveAt(i + 1);
                    }
        }
        return tokens;
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes().Append(new Rune(' ')))
        {
            CharacterClasses classes = CharacterTables.Instance.ClassesOf(rune.Value);
            bool alone = (classes & CharacterClasses.Punctuation) != 0, space = (classes & CharacterClasses.Space) != 0;
            if ((alone || space) && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
            if (alone)
                yield return rune.ToString();
            else if (!space)
                word.Append(rune.ToString());
        }
    }
}
