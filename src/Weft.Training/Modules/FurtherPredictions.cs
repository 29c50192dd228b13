using System.Globalization;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Heads that predict the tokens after the next one, each a block of its own over the last block's states, with the model's own final norm and
/// vocabulary projection (Gloeckle et al. 2024, arXiv:2404.19737). They teach the blocks below to look ahead, and are no part of the model: nothing of
/// them is exported. Legend: B rows, T tokens, D hidden.
/// </summary>
internal sealed class FurtherPredictions
{
    private readonly Block[] _blocks;

    /// <param name="spec">Of the model, whose last block is the pattern.</param>
    /// <param name="count">Tokens after the next one.</param>
    /// <param name="factory">Makes the parameters.</param>
    /// <param name="tables">Of the decoder's rotary positions.</param>
    public FurtherPredictions(ModelSpec spec, int count, ParameterFactory factory, RotaryTables tables)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > 0 && (spec.Encoder is not null || spec.Head is not HeadSpec.LanguageModel))
            throw new NotSupportedException("further tokens are predicted by a decoder alone with a head over the vocabulary; leave them out for other models");
        _blocks = [.. Enumerable.Range(0, count).Select(k =>
        {
            BlockSpec last = spec.Decoder!.Blocks[^1];
            ModelSpec alone = spec with { Decoder = new([last], null) };
            string pattern = ModelParameters.Block(0), prefix = Prefix(k);
            factory.Declare(ModelParameters.Enumerate(alone).Where(parameter => parameter.Name.StartsWith(pattern, StringComparison.Ordinal))
                .Select(parameter => parameter with { Name = prefix + parameter.Name[pattern.Length..] }));
            return new Block(last, prefix, factory, tables);
        })];
    }

    /// <summary>Tokens after the next one that are predicted.</summary>
    public int Count => _blocks.Length;

    /// <summary>Prefix of the parameters of head <paramref name="index"/>.</summary>
    public static string Prefix(int index) => string.Create(CultureInfo.InvariantCulture, $"further.{index}.");

    /// <summary>The last block's states [B, T, D] to those of head <paramref name="index"/>, before the final norm.</summary>
    public Tensor Forward(int index, Tensor states, Pairs pairs) => _blocks[index].Forward(states, null, pairs);
}
