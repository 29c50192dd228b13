using System.Text;
using Weft.Text.Files;
using Weft.Text.WordPiece;

namespace Weft.Text;

/// <content>BERT's vocab.txt.</content>
public sealed partial class Tokenizer
{
    /// <summary>
    /// Reads a BERT vocab.txt with BERT's own rules. Whether capitals become small is what <c>do_lower_case</c> of a
    /// tokenizer_config.json beside the file says; else they do where no token of the vocabulary has one.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is damaged or is not that of a BERT model.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Tokenizer LoadVocabularyText(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file; give the vocab.txt of a BERT model", path);
        string config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "tokenizer_config.json");
        BertOptions? options = File.Exists(config) ? BertOptions.Read(File.ReadAllBytes(config), config) : null;
        return new Tokenizer(VocabularyTextReader.Read(File.ReadAllBytes(path), path, options), path);
    }

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
}
