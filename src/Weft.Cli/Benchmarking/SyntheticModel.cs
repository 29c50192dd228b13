using System.Globalization;
using System.Runtime.InteropServices;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;

namespace Weft.Cli.Benchmarking;

/// <summary>Writes models of a shape with random weights: speed and memory depend on nothing else.</summary>
internal static class SyntheticModel
{
    /// <summary>The first 256 pieces after the three control tokens stand for bytes.</summary>
    private const int Control = 3, Bytes = 256;

    private enum Piece
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        Byte = 6,
    }

    /// <summary>Writes a GGUF file, which llama.cpp loads too where it knows the family.</summary>
    /// <param name="path">The file, replaced atomically.</param>
    /// <param name="shape">The model.</param>
    /// <param name="format">The type of its weights.</param>
    /// <param name="cancellation">Ends it between two tensors; nothing is left then.</param>
    public static void Save(string path, SyntheticShape shape, SyntheticFormat format, CancellationToken cancellation)
    {
        GgufTemplate template = GgufTemplate.Of(shape.Architecture, shape.Spec);
        List<KeyValuePair<string, object>> metadata =
        [
            .. template.Metadata,
            new("general.name", $"{shape.Name} with random weights"),
            new("general.file_type", (uint)format.FileType),
            new("general.quantization_version", 2u),
            .. shape.Spec.Generates ? Tokenizer(shape.Spec.VocabularySize) : [],
        ];
        GgufWriter.Write(path, metadata, [.. template.Tensors.Select((slot, index) => Source(slot, format.TypeOf(slot, shape.Spec), (ulong)index, cancellation))]);
    }

    private static TensorSource Source(GgufTensorSlot slot, ElementType type, ulong seed, CancellationToken cancellation) => new(slot.Name, type, slot.Shape, stream =>
    {
        cancellation.ThrowIfCancellationRequested();
        long count = slot.Shape.Aggregate(1L, (product, size) => product * size);
        ParameterSpec parameter = slot.Parameters[0];
        if (parameter.Part == "norm" && parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
            stream.Write(MemoryMarshal.AsBytes<float>(Enumerable.Repeat(1f, (int)count).ToArray()));
        else
            new RandomWeights(seed << 32).Write(stream, type, count);
    });

    /// <summary>The least that llama.cpp takes for a SentencePiece model: control tokens, bytes, and made-up pieces that never meet.</summary>
    private static KeyValuePair<string, object>[] Tokenizer(int vocabulary)
    {
        string[] pieces = new string[vocabulary];
        float[] scores = new float[vocabulary];
        int[] types = new int[vocabulary];
        for (int id = 0; id < vocabulary; id++)
        {
            (pieces[id], Piece type) = id switch
            {
                0 => ("<unk>", Piece.Unknown),
                1 => ("<s>", Piece.Control),
                2 => ("</s>", Piece.Control),
                < Control + Bytes => ($"<0x{id - Control:X2}>", Piece.Byte),
                _ => ($"▁w{id.ToString(CultureInfo.InvariantCulture)}", Piece.Normal),
            };
            types[id] = (int)type;
            scores[id] = type == Piece.Normal ? -id : 0;
        }
        return
        [
            new("tokenizer.ggml.model", "llama"),
            new("tokenizer.ggml.tokens", pieces),
            new("tokenizer.ggml.scores", scores),
            new("tokenizer.ggml.token_type", types),
            new("tokenizer.ggml.bos_token_id", 1u),
            new("tokenizer.ggml.eos_token_id", 2u),
            new("tokenizer.ggml.unknown_token_id", 0u),
        ];
    }
}
