using System.CommandLine;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary><c>weft tokenizer</c>: text to ids and back, without a model.</summary>
internal static class TokenizerCommands
{
    /// <summary>Makes the commands.</summary>
    /// <param name="openInput">Opens standard input.</param>
    public static DocumentedCommand Create(Func<Stream> openInput) => DocumentedCommand.CreateGroup(
        "tokenizer", "Train a tokenizer, apply one to text, look into one",
        new TrainTokenizerCommand().Create(),
        new EncodeCommand(openInput).Create(),
        new DecodeCommand(openInput).Create(),
        new InspectTokenizerCommand().Create(),
        new BenchCommand().Create());

    /// <summary>The argument that names a tokenizer.</summary>
    public static Argument<string> TokenizerArgument() => new("TOKENIZER")
    {
        Description = "tokenizer.json or another tokenizer's file, or a folder (or owner/name once downloaded) that holds one",
    };

    /// <summary>Token ids of a text or a line that lie outside the vocabulary.</summary>
    /// <exception cref="InvalidDataException">Names the id, its position and the vocabulary.</exception>
    public static void CheckIds(Tokenizer tokenizer, IReadOnlyList<int> ids)
    {
        for (int i = 0; i < ids.Count; i++)
            if (ids[i] < 0 || ids[i] >= tokenizer.VocabularySize)
                throw new InvalidDataException(
                    $"id {ids[i]} at position {i} is outside the vocabulary of {tokenizer.VocabularySize}; use ids from 0 to {tokenizer.VocabularySize - 1}");
    }
}
