using System.Text;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>
/// Reads GPT-2's pair of files: a JSON object from token to id (vocab.json, encoder.json) and a list of merges (merges.txt, vocab.bpe). They say
/// nothing of how text is split; it is split as GPT-2 splits it, which both files were made for.
/// </summary>
internal static class VocabularyAndMergesReader
{
    private const string EndOfText = "<|endoftext|>";

    public static TokenizerDefinition Read(string vocabularyFile, string mergesFile)
    {
        Dictionary<string, int> ids = JsonFile.Read(File.ReadAllBytes(vocabularyFile), vocabularyFile, VocabularyReader.Read);
        var model = new BpeModel(new BpeDefinition(ids, ReadMerges(mergesFile, ids)));
        return new TokenizerDefinition(model, ids.TryGetValue(EndOfText, out int id) ? [new AddedToken(id, EndOfText) { Special = true }] : [])
        {
            PreTokenizer = ByteLevelComponents.PreTokenizer,
            PostProcessor = ByteLevelComponents.PostProcessor,
            Decoder = ByteLevelComponents.Decoder,
        };
    }

    private static List<BpeMerge> ReadMerges(string file, Dictionary<string, int> ids)
    {
        var merges = new List<BpeMerge>();
        int number = 0;
        foreach (string line in File.ReadLines(file, new UTF8Encoding(false, throwOnInvalidBytes: true)))
        {
            number++;
            if (line.Length == 0 || number == 1 && line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            string[] pair = line.Split(' ');
            if (pair.Length != 2 || pair[0].Length == 0 || pair[1].Length == 0)
                throw new InvalidDataException($"{file}: line {number} is '{JsonField.Shorten(line)}'; write two tokens with one space between them");
            merges.Add(new BpeMerge(Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1]), merges.Count));
        }
        return merges;

        int Id(string token) => ids.TryGetValue(token, out int id)
            ? id
            : throw new InvalidDataException($"{file}: line {number} needs token '{JsonField.Shorten(token)}', which the vocabulary does not have; use the vocabulary of the same tokenizer");
    }
}
