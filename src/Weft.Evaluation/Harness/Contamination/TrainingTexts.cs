using System.Security.Cryptography;
using Weft.Data;
using Weft.Text;

namespace Weft.Evaluation.Harness.Contamination;

/// <summary>What a model was trained on: token shards and files of text.</summary>
public static class TrainingTexts
{
    private const string ShardEnding = ".tokens";

    /// <summary>Reads documents, in the order of the files.</summary>
    /// <param name="paths">Files, folders and globs: .tokens files are shards, all others text.</param>
    /// <param name="tokenizer">That gave the shards' ids.</param>
    /// <param name="tokenizerFile">Its tokenizer.json, by which shards know it; null where there is none.</param>
    /// <param name="ct">Checked at each document.</param>
    /// <exception cref="FileNotFoundException">A path stands for nothing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or a shard was written with another tokenizer.</exception>
    public static IEnumerable<string> Read(IReadOnlyList<string> paths, Tokenizer tokenizer, string? tokenizerFile, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        IReadOnlyList<string> files = TextFiles.Expand(paths);
        string? hash = tokenizerFile is null ? null : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tokenizerFile)));
        foreach (string file in files.Where(IsShard))
        {
            using TokenShard shard = TokenShard.Open(file);
            if (shard.TokenizerHash is { } own && hash is not null && own != hash)
                throw new InvalidDataException($"{file} was written with another tokenizer (hash {own}) than {tokenizerFile} (hash {hash}); give the shards that the model was trained on, or their text");
            if (shard.VocabularySize > tokenizer.VocabularySize)
                throw new InvalidDataException($"{file} has ids up to {shard.VocabularySize - 1}, but the model's tokenizer has {tokenizer.VocabularySize} entries; give the shards that the model was trained on, or their text");
        }
        return files.SelectMany(file => IsShard(file) ? Decode(file, tokenizer, ct) : TextFiles.Read([file], ct).Select(document => document.Text));
    }

    private static bool IsShard(string file) => file.EndsWith(ShardEnding, StringComparison.Ordinal);

    private static IEnumerable<string> Decode(string file, Tokenizer tokenizer, CancellationToken ct)
    {
        using TokenShard shard = TokenShard.Open(file);
        for (int i = 0; i < shard.DocumentCount; i++)
        {
            ct.ThrowIfCancellationRequested();
            int[] ids = new int[shard.DocumentStart(i + 1) - shard.DocumentStart(i)];
            shard.Copy(shard.DocumentStart(i), ids.AsSpan());
            yield return tokenizer.Decode(ids);
        }
    }
}
