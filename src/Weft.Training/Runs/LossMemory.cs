using Weft.Model.Spec;
using Weft.Training.Kernels;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

// N tokens of a pass, C tokens of a chunk, D hidden, V vocabulary.

/// <summary>Bytes of the projection on the vocabulary, its loss and its gradients.</summary>
/// <param name="Buffers">Taken once and kept.</param>
/// <param name="Temporary">There while the loss is computed, without the gradients of weights and states.</param>
internal readonly record struct LossMemory(TensorBytes Buffers, TensorBytes Temporary)
{
    /// <summary>Of student and teacher the logits divided by the temperature and the logarithms of their probabilities; the teacher's probabilities, and what they are multiplied with.</summary>
    private const int Softened = 6;

    /// <summary>Of a model in a pass.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="pass">What is computed.</param>
    /// <param name="share">Of the tokens that are predicted.</param>
    /// <param name="adds">There are gradients of an earlier pass, to which those of the weights are added.</param>
    /// <param name="head">The weights have a gradient, and whose predictions are learnt beside the targets; null for no one's.</param>
    public static LossMemory Of(ModelSpec spec, PassShape pass, double share, bool adds, (bool Trains, IReadOnlyList<ModelSpec> Teachers) head)
    {
        if (share < 1)
            pass = pass with { Windows = 1, Context = Math.Max(1, (long)(pass.Tokens * share)) };
        // What is picked out, and a layer of the head with what its norm keeps.
        TensorBytes picked = (share < 1 ? pass.States(spec.HiddenSize) : default) + (spec.Head is HeadSpec.MaskedLanguageModel ? pass.States(spec.HiddenSize, 4) : default);
        (long size, long vocabulary, long hidden) = (pass.Size, spec.Head.OutputSize(spec), spec.HiddenSize);
        (bool trains, IReadOnlyList<ModelSpec> teachers) = head;
        bool plain = teachers.Count == 0 && spec.Head is HeadSpec.LanguageModel { LogitScale: 1, SoftCap: null } or HeadSpec.MaskedLanguageModel;
        if (plain && pass.Precision == Precision.BFloat16 && ProductCrossEntropy.Fits(hidden))
            return new(TensorBytes.Outside(ProductCrossEntropy.BufferBytes((int)pass.Tokens, spec.HiddenSize, spec.VocabularySize, trains)), picked);
        long chunk = ChunkedCrossEntropy.ChunkSize(pass.Tokens, vocabulary), table = vocabulary * hidden;
        // Logits and their logarithms, which become gradients; where they are narrow, the products before and the gradients after.
        TensorBytes logits = TensorBytes.Of(chunk * vocabulary * PassShape.Wide, 2) + TensorBytes.Of(chunk * vocabulary * size, pass.IsNarrow ? 2 : 0);
        // The weights' gradient of a chunk, on its way to the sum; a narrow copy of the weights.
        TensorBytes weights = TensorBytes.Of(table * size, (trains ? 1 : 0) + (pass.IsNarrow ? 1 : 0)) + TensorBytes.Of(table * PassShape.Wide, adds && trains ? 1 : 0);
        TensorBytes wide = TensorBytes.Of(chunk * vocabulary * PassShape.Wide);
        TensorBytes taught = TensorBytes.Sum(teachers.Select(teacher => OfTeacher(teacher, pass, chunk))) + teachers.Count switch
        {
            0 => default,
            1 => Softened * wide,
            // Two more of each further teacher; all of them side by side, their sum in logarithms, and the mean.
            int several => (Softened + (3 * several)) * wide,
        };
        return new(default, picked + logits + weights + taught + TensorBytes.Of(chunk * hidden * size));
    }

    /// <summary>Logits of a chunk; where they are narrow, the products before and a narrow copy of the weights.</summary>
    private static TensorBytes OfTeacher(ModelSpec teacher, PassShape pass, long chunk)
    {
        long vocabulary = teacher.Head.OutputSize(teacher);
        return TensorBytes.Of(chunk * vocabulary * PassShape.Wide) + (pass.IsNarrow ? TensorBytes.Of(chunk * vocabulary * pass.Size) + TensorBytes.Of(vocabulary * teacher.HiddenSize * pass.Size) : default);
    }
}
