using System.Numerics.Tensors;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Tasks;

// T tokens, V vocabulary.

/// <summary>A token that may stand at a mask.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">As the vocabulary spells it.</param>
/// <param name="Text">What it stands for.</param>
/// <param name="Probability">From 0 to 1.</param>
public sealed record MaskCandidate(int Id, string Token, string Text, float Probability);

/// <summary>Guesses what stands at the masks of a text, with a masked language model. Safe to use from several threads.</summary>
public sealed class FillMask
{
    /// <summary>What masks are called where the tokenizer's files name none.</summary>
    private static readonly string[] UsualMasks = ["[MASK]", "<mask>"];

    private readonly LanguageModel _model;
    private readonly SpecialTokens _allowed;
    private readonly int _mask;

    /// <param name="model">A masked language model; not owned.</param>
    /// <exception cref="NotSupportedException">The model has another head, or its tokenizer no mask.</exception>
    public FillMask(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        model.Head<HeadSpec.MaskedLanguageModel>("filling masks");
        Mask = model.Tokenizer.Settings.Roles.Mask?.Content ?? UsualMasks.FirstOrDefault(name => model.Tokenizer.TokenToId(name) is not null)
            ?? throw new NotSupportedException($"the tokenizer of model '{model.Path}' has no mask; name it in its tokenizer_config.json as mask_token");
        _mask = model.Tokenizer.TokenToId(Mask)!.Value;
        _allowed = SpecialTokens.Named(Mask);
    }

    /// <summary>How a text writes a mask, such as <c>[MASK]</c>.</summary>
    public string Mask { get; }

    /// <summary>The likeliest tokens at each mask of a text; each mask is guessed with the others still masked.</summary>
    /// <param name="text">A text with at least one <see cref="Mask"/>.</param>
    /// <param name="count">How many for each.</param>
    /// <returns>One list for each mask in its order, the likeliest first.</returns>
    /// <exception cref="ArgumentException">There is no mask, or the text does not fit the model's context: a cut could take a mask away.</exception>
    public IReadOnlyList<IReadOnlyList<MaskCandidate>> Fill(string text, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        EncodedText encoded = _model.Tokenizer.Encode(text, new() { AllowedSpecialTokens = _allowed });
        if (encoded.Ids.Length > _model.ContextLength)
            throw LongInputs.Refusal(encoded.Ids.Length, _model.ContextLength);
        if (!encoded.Ids.Contains(_mask))
            throw new ArgumentException($"the text has no {Mask}; write {Mask} where a token is to be guessed", nameof(text));
        float[] logits = _model.ComputeOutputs(encoded);
        int vocabulary = _model.Spec.VocabularySize;
        return [.. Enumerable.Range(0, encoded.Ids.Length).Where(t => encoded.Ids[t] == _mask)
            .Select(t => Likeliest(logits.AsSpan(t * vocabulary, vocabulary), count))];
    }

    private MaskCandidate[] Likeliest(Span<float> logits, int count)
    {
        TensorPrimitives.SoftMax<float>(logits, logits);
        float[] probabilities = logits.ToArray();
        // Ids of the model beyond the tokenizer's stand for nothing.
        return [.. Enumerable.Range(0, Math.Min(probabilities.Length, _model.Tokenizer.VocabularySize)).OrderByDescending(id => probabilities[id]).Take(count)
            .Select(id => new MaskCandidate(id, _model.Tokenizer.IdToToken(id) ?? "", _model.Tokenizer.Decode([id], skipSpecialTokens: false), probabilities[id]))];
    }
}
