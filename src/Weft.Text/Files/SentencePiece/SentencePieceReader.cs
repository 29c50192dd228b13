using Weft.Text.Normalizers;
using Weft.Text.Unigram;

namespace Weft.Text.Files.SentencePiece;

/// <summary>
/// SentencePiece's model file (<c>tokenizer.model</c>, <c>spiece.model</c>): the message <c>ModelProto</c> of its
/// sentencepiece_model.proto. Fields that do not change how text is encoded are passed over.
/// </summary>
internal static class SentencePieceReader
{
    /// <summary>Reads a model into what a tokenizer.json would say.</summary>
    /// <param name="model">The file.</param>
    /// <param name="file">Names it in complaints.</param>
    /// <param name="reserved">Tokens that stand after the first two pieces and only pretraining used, as those of Pegasus.</param>
    /// <exception cref="InvalidDataException">The file is damaged or needs what is not read.</exception>
    public static TokenizerDefinition Read(ReadOnlyMemory<byte> model, string file, int reserved = 0) =>
        SentencePieceDefinition.Build(ReservedPieces.Insert(ReadSpec(model, file), reserved, file), file);

    /// <summary>Reads a model whose pieces a vocabulary numbers, as those of Marian.</summary>
    /// <param name="model">The file.</param>
    /// <param name="file">Names it in complaints.</param>
    /// <param name="vocabulary">The vocabulary's file.</param>
    /// <exception cref="InvalidDataException">One of the files is damaged, or they do not belong together.</exception>
    public static TokenizerDefinition Read(ReadOnlyMemory<byte> model, string file, string vocabulary) =>
        NumberedPieces.Build(ReadSpec(model, file), file, vocabulary);

    private static SentencePieceSpec ReadSpec(ReadOnlyMemory<byte> model, string file)
    {
        var pieces = new List<ScoredPiece>();
        var trainer = new TrainerFields(1, false, false);
        var normalizer = (Map: Array.Empty<byte>(), Options: new SentencePieceOptions());
        var reader = new ProtobufReader(model.Span, file, "ModelProto.");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    pieces.Add(ReadPiece(reader.Bytes(), file, pieces.Count));
                    break;
                case 2:
                    trainer = ReadTrainer(reader.Bytes(), file);
                    break;
                case 3:
                    normalizer = ReadNormalizer(reader.Bytes(), file);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (pieces.Count == 0)
            throw new InvalidDataException($"{file}: field 'ModelProto.pieces' holds 0 pieces; give a SentencePiece model");
        if (trainer.ModelType is not (1 or 2))
            throw new InvalidDataException($"{file}: field 'trainer_spec.model_type' is {trainer.ModelType}; only UNIGRAM (1) and BPE (2) are read, train one of these");
        return new SentencePieceSpec(pieces, trainer.ModelType == 1)
        {
            ByteFallback = trainer.ByteFallback,
            CharsMap = normalizer.Map,
            Normalization = normalizer.Options with { TreatWhitespaceAsSuffix = trainer.WhitespaceAsSuffix },
        };
    }

    private static ScoredPiece ReadPiece(ReadOnlySpan<byte> message, string file, int id)
    {
        var piece = new ScoredPiece("", 0);
        var reader = new ProtobufReader(message, file, $"pieces[{id}].");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    piece = piece with { Text = reader.Text() };
                    break;
                case 2:
                    piece = piece with { Score = reader.Single() };
                    break;
                case 3:
                    long type = reader.Integer();
                    piece = piece with { Type = type is >= 1 and <= 6 ? (PieceType)type : throw reader.Refuse($"{type}", "types are 1 to 6") };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return piece;
    }

    private static TrainerFields ReadTrainer(ReadOnlySpan<byte> message, string file)
    {
        var fields = new TrainerFields(1, false, false);
        var reader = new ProtobufReader(message, file, "trainer_spec.");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    fields = fields with { ModelType = reader.Integer() };
                    break;
                case 24:
                    fields = fields with { WhitespaceAsSuffix = reader.Flag() };
                    break;
                case 35:
                    fields = fields with { ByteFallback = reader.Flag() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return fields;
    }

    private static (byte[] Map, SentencePieceOptions Options) ReadNormalizer(ReadOnlySpan<byte> message, string file)
    {
        byte[] map = [];
        var options = new SentencePieceOptions();
        var reader = new ProtobufReader(message, file, "normalizer_spec.");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    map = reader.Bytes().ToArray();
                    break;
                case 3:
                    options = options with { AddDummyPrefix = reader.Flag() };
                    break;
                case 4:
                    options = options with { RemoveExtraWhitespaces = reader.Flag() };
                    break;
                case 5:
                    options = options with { EscapeWhitespaces = reader.Flag() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return (map, options);
    }

    private sealed record TrainerFields(long ModelType, bool WhitespaceAsSuffix, bool ByteFallback);
}
