using System.Text;
using CsCheck;
using Weft.Text.Files;

namespace Weft.Text.Tests.Files;

/// <summary>Which kind a file is, by its content and, failing that, by its name.</summary>
public sealed class FileRecognitionTests
{
    private static TokenizerFileKind Kind(string name, byte[] content) =>
        FileRecognition.Recognise(name, content.AsSpan(0, Math.Min(content.Length, FileRecognition.HeadLength)));

    [Theory]
    [InlineData("x", "GGUF\u0003", "Gguf")]
    [InlineData("x", "{\"version\":\"1.0\"}", "TokenizerJson")]
    [InlineData("x", "\uFEFF \n{\"model\":{}}", "TokenizerJson")]
    [InlineData("x", "{\"a\":0,\"b\":1}", "VocabularyJson")]
    [InlineData("x", "{\"a\":0,\"b\":\"1\"}", "TokenizerJson")]
    [InlineData("vocab.json", "{}", "TokenizerJson")]
    [InlineData("x", "IQ== 0\nIg== 1\n", "Tiktoken")]
    [InlineData("tokenizer.model", "IQ== 0\r\nIg== 1", "Tiktoken")]
    [InlineData("x", "IQ== 0\nhello world\n", "Unknown")]
    [InlineData("x", "#version: 0.2\nĠ t\n", "Merges")]
    [InlineData("gpt2-merges.txt", "Ġ t\nĠ a\n", "Merges")]
    [InlineData("vocab.bpe", "Ġ t\n", "Merges")]
    [InlineData("x", "[PAD]\n[unused0]\n", "VocabularyText")]
    [InlineData("x", "the\n[UNK]\n", "VocabularyText")]
    [InlineData("my-vocab.txt", "the\nof\n", "VocabularyText")]
    [InlineData("vocab.txt", "\nthe\nof\n", "VocabularyText")]
    [InlineData("notes.txt", "the\nof\n", "Unknown")]
    [InlineData("x", "", "Unknown")]
    [InlineData("empty.tiktoken", "", "Tiktoken")]
    [InlineData("damaged.gguf", "GG", "Gguf")]
    [InlineData("damaged.model", "GG", "SentencePiece")]
    public void Content_comes_first_and_the_name_second(string name, string content, string kind) =>
        Assert.Equal(kind, Kind(name, Encoding.UTF8.GetBytes(content)).ToString());

    [Theory]
    [InlineData(0x15, true)]
    [InlineData(0x18, true)]
    [InlineData(0x22, false)]
    public void A_message_of_pieces_is_a_SentencePiece_model(byte next, bool expected)
    {
        byte[] content = [0x0A, 12, 0x0A, 5, .. "<unk>"u8, next, 0, 0, 0, 0];
        Assert.Equal(expected, Kind("x", content) == TokenizerFileKind.SentencePiece);
        Assert.NotEqual(TokenizerFileKind.SentencePiece, Kind("x", content[..4]));
    }

    [Theory]
    [InlineData("tokenizers/llama2/tokenizer.model", "SentencePiece")]
    [InlineData("tokenizers/mistral/tokenizer.model.v1", "SentencePiece")]
    [InlineData("tokenizers/mistral/mistral_instruct_tokenizer_240323.model.v3", "SentencePiece")]
    [InlineData("tokenizers/t5/spiece.model", "SentencePiece")]
    [InlineData("tokenizers/marian-like/vocab.joint.spm", "SentencePiece")]
    [InlineData("tokenizer-vectors/sentencepiece/test_model.model", "SentencePiece")]
    [InlineData("tokenizer-vectors/sentencepiece/test_ja_model.model", "SentencePiece")]
    [InlineData("tokenizers/llama3/tokenizer.model", "Tiktoken")]
    [InlineData("tokenizers/qwen/qwen.tiktoken", "Tiktoken")]
    [InlineData("tokenizers/tiktoken/o200k_base.tiktoken", "Tiktoken")]
    [InlineData("tokenizers/llama3/llama3.2_encoder.json", "VocabularyJson")]
    [InlineData("tokenizers/llama3/llama3.2_vocab.bpe", "Merges")]
    [InlineData("tokenizers/gpt2/encoder.json", "VocabularyJson")]
    [InlineData("tokenizers/gpt2/vocab.bpe", "Merges")]
    [InlineData("tokenizers/marian-like/vocab.json", "VocabularyJson")]
    [InlineData("tokenizers/bert/bert-base-uncased_vocab.txt", "VocabularyText")]
    [InlineData("tokenizers/bert/bert-multilingual-cased_vocab.txt", "VocabularyText")]
    [InlineData("tokenizers/bert/bert-base-uncased_tokenizer.json", "TokenizerJson")]
    [InlineData("tokenizers/phi-3-mini/tokenizer.json", "TokenizerJson")]
    [InlineData("tokenizers/falcon/tokenizer.json", "TokenizerJson")]
    [InlineData("tokenizer-vectors/llamacpp/ggml-vocab-llama-spm.gguf", "Gguf")]
    [InlineData("models/llama2-tiny-random/llama-2-tiny-random.gguf", "Gguf")]
    [InlineData("models/tinystories-656k/model.safetensors", "Unknown")]
    [InlineData("models/stories260k/tok512.bin", "Unknown")]
    public void Published_files_are_recognised_whatever_they_are_called(string asset, string kind)
    {
        string path = TestAssets.Require(asset);
        // By its content alone, but for merges that do not begin with their version.
        string name = asset.EndsWith("llama3.2_vocab.bpe", StringComparison.Ordinal) ? path : "x";
        Assert.Equal(kind, Kind(name, File.ReadAllBytes(path)).ToString());
    }

    [Fact]
    public void Any_bytes_are_recognised_or_described() => Gen.Byte.Array[0, 40].Sample(bytes =>
    {
        FileRecognition.Recognise("x", bytes);
        string described = FileRecognition.Describe(bytes);
        Assert.DoesNotContain('\n', described);
        Assert.NotEmpty(described);
    });
}
