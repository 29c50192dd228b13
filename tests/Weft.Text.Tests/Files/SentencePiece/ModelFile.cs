using System.Text;
using Weft.Text.Files.SentencePiece;
using Weft.Text.Unigram;

namespace Weft.Text.Tests.Files.SentencePiece;

/// <summary>Writes a SentencePiece model for a test.</summary>
internal sealed class ModelFile
{
    private readonly List<byte> _bytes = [];

    public ModelFile Piece(string text, float score = 0, PieceType type = PieceType.Normal) =>
        Message(1, new ModelFile().Message(1, Encoding.UTF8.GetBytes(text)).Single(2, score).Integer(3, (int)type));

    public ModelFile Trainer(bool isBpe, bool byteFallback = false, bool suffix = false) =>
        Message(2, new ModelFile().Integer(3, isBpe ? 2 : 1).Integer(24, suffix ? 1 : 0).Integer(35, byteFallback ? 1 : 0));

    public ModelFile Normalizer(bool prefix, bool removeSpaces, bool escape = true) =>
        Message(3, new ModelFile().Integer(3, prefix ? 1 : 0).Integer(4, removeSpaces ? 1 : 0).Integer(5, escape ? 1 : 0));

    public ModelFile Integer(int field, long value) => Varint((ulong)field << 3).Varint((ulong)value);

    public ModelFile Single(int field, float value)
    {
        Varint((ulong)field << 3 | 5)._bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public ModelFile Message(int field, ModelFile content) => Message(field, content.Bytes);

    public ModelFile Message(int field, byte[] content)
    {
        Varint((ulong)field << 3 | 2).Varint((ulong)content.Length)._bytes.AddRange(content);
        return this;
    }

    public byte[] Bytes => [.. _bytes];

    public Tokenizer Tokenizer => new(SentencePieceReader.Read(Bytes, "test.model"), "test.model");

    private ModelFile Varint(ulong value)
    {
        for (; value >= 128; value >>= 7)
            _bytes.Add((byte)(value | 128));
        _bytes.Add((byte)value);
        return this;
    }
}
