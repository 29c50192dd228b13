namespace Weft.Text.Files;

/// <summary>The formats in which tokenizers are published.</summary>
internal enum TokenizerFileKind
{
    /// <summary>Nothing that is read here.</summary>
    Unknown,

    /// <summary>Hugging Face's tokenizer.json.</summary>
    TokenizerJson,

    /// <summary>A JSON object from token to id; merges.txt belongs to it.</summary>
    VocabularyJson,

    /// <summary>Merges, a pair a line; vocab.json belongs to them.</summary>
    Merges,

    /// <summary>A token a line, as BERT's vocab.txt.</summary>
    VocabularyText,

    /// <summary>A SentencePiece model (protocol buffers).</summary>
    SentencePiece,

    /// <summary>Lines of a token in base64 and its rank.</summary>
    Tiktoken,

    /// <summary>A GGUF file.</summary>
    Gguf,
}
