using System.Text;
using Weft.Text.Files;
using Weft.Text.WordPiece;

namespace Weft.Text;

/// <content>Writing the older files of vocabularies: BERT's vocab.txt, GPT-2's vocab.json and merges.txt.</content>
public sealed partial class Tokenizer
{
    /// <summary>Writes the vocabulary of a WordPiece tokenizer as BERT's vocab.txt, a token per line. The file is replaced whole.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">The model is not WordPiece, or its vocabulary cannot be written as lines.</exception>
    /// <exception cref="IOException">The file cannot be written; an older one is untouched.</exception>
    public void SaveVocabularyText(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (_definition.Model is not WordPieceModel)
            throw new NotSupportedException("only a WordPiece vocabulary is written as vocab.txt; save a tokenizer.json");
        var lines = new StringBuilder();
        for (int id = 0; id < VocabularySize; id++)
        {
            string token = IdToToken(id)
                ?? throw new NotSupportedException($"id {id} has no token and a vocab.txt leaves no gaps; save a tokenizer.json");
            if (token.Length == 0 || token.AsSpan().IndexOfAny('\r', '\n') >= 0)
                throw new NotSupportedException($"the token of id {id} is empty or holds an end of line; save a tokenizer.json");
            lines.Append(token).Append('\n');
        }
        AtomicFile.WriteText(path, lines.ToString());
    }

    /// <summary>
    /// Writes a byte-pair encoding as GPT-2's vocab.json and merges.txt, which say nothing of how text is split, decoded or surrounded. Each
    /// file is replaced whole.
    /// </summary>
    /// <param name="directory">The folder, which is made where there is none.</param>
    /// <exception cref="NotSupportedException">The model is no byte-pair encoding, or one of its tokens holds a space.</exception>
    /// <exception cref="IOException">A file cannot be written; an older one is untouched.</exception>
    public void SaveVocabularyAndMerges(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        Directory.CreateDirectory(directory);
        VocabularyAndMergesWriter.Write(_definition, Path.Combine(directory, "vocab.json"), Path.Combine(directory, "merges.txt"));
    }
}
