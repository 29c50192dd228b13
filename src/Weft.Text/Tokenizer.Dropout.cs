using Weft.Text.Bpe;

namespace Weft.Text;

/// <content>Random tokens for training.</content>
public sealed partial class Tokenizer
{
    /// <summary>
    /// The same tokenizer with merges left out at random, so that a model in training sees words in several ways (Provilkov et al. 2020,
    /// "BPE-Dropout"). One seed gives the same ids for the same text; take another seed for each pass over the data.
    /// </summary>
    /// <param name="probability">With which a merge that could happen is left out; 0 for none, 1 for no merges at all.</param>
    /// <param name="seed">Chooses the merges.</param>
    /// <exception cref="NotSupportedException">The tokenizer's model does not merge.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not from 0 to 1.</exception>
    public Tokenizer WithDropout(double probability, int seed)
    {
        if (!(probability is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "a probability lies from 0 to 1");
        if (_definition.Model is not BpeModel model)
            throw new NotSupportedException("only a byte-pair encoding has merges to leave out; load a tokenizer whose model type is BPE");
        var changed = model.Definition with { Dropout = probability, DropoutSeed = seed };
        return new Tokenizer(_definition with { Model = new BpeModel(changed) }, "the tokenizer with dropout");
    }
}
