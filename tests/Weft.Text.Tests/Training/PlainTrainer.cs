using System.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Training;

/// <summary>Learning merges as their definition says: count all pairs of the corpus anew for every merge.</summary>
internal static class PlainTrainer
{
    public static (List<string> Tokens, List<(string Left, string Right)> Merges) Train(IEnumerable<string> documents, BpeTrainerOptions options)
    {
        List<string> tokens = [.. options.SpecialTokens, .. Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b)).Order().Select(c => c.ToString())];
        List<List<int>> words = [.. documents.SelectMany(Split).Select(word => Encoding.UTF8.GetBytes(word).Select(b => tokens.IndexOf(ByteAlphabet.ToCharacter(b).ToString())).ToList())];
        var merges = new List<(string Left, string Right)>();
        while (tokens.Count < options.VocabularySize)
        {
            var counts = words.SelectMany(word => word.Zip(word.Skip(1))).CountBy(pair => pair).Where(entry => entry.Value >= options.MinimumFrequency).ToList();
            if (counts.Count == 0)
                break;
            (int left, int right) = counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).First().Key;
            string token = tokens[left] + tokens[right];
            if (!tokens.Contains(token))
                tokens.Add(token);
            merges.Add((tokens[left], tokens[right]));
            foreach (List<int> word in words)
                for (int i = 0; i + 1 < word.Count; i++)
                    if ((word[i], word[i + 1]) == (left, right))
                    {
                        word[i] = tokens.IndexOf(token);
                        word.RemoveAt(i + 1);
                    }
        }
        return (tokens, merges);
    }

    private static IEnumerable<string> Split(string document)
    {
        for (int at = 0; at < document.Length;)
        {
            int length = Gpt2Pattern.MatchLength(document.AsSpan(at));
            yield return document.Substring(at, length);
            at += length;
        }
    }
}
