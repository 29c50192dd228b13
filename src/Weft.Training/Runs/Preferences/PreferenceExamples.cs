using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>Pairs of answers of a shard. Targets are the answers' tokens alone.</summary>
internal sealed class PreferenceExamples : Examples
{
    private readonly ITokenSequence _shard;
    private readonly PreferencePlace[] _places;
    private PreferenceFile.Reference[]? _references;

    /// <param name="shard">Answers with their prompts; it stays the caller's.</param>
    /// <param name="context">No answer is longer with its prompt.</param>
    /// <exception cref="InvalidDataException">What stands beside the shard is damaged.</exception>
    public PreferenceExamples(ITokenSequence shard, int context)
    {
        (_shard, _places) = (shard, PreferenceFile.Read(shard));
        Size = new(context, 0);
        // The last token of each is predicted alone.
        MeanLength = (double)(shard.TokenCount - shard.DocumentCount) / Math.Max(1, _places.Length);
    }

    /// <inheritdoc/>
    public override long Count => _places.Length;

    /// <inheritdoc/>
    public override RowSize Size { get; }

    /// <inheritdoc/>
    /// <remarks>Of both answers together.</remarks>
    public override double MeanLength { get; }

    /// <inheritdoc/>
    public override Example Make(long index, KeyedRandom random)
    {
        // Written once, after a run's data were first opened and before anything is learnt from them.
        PreferenceFile.Reference? reference = (_references ??= PreferenceFile.TryReadReference(_shard))?[index];
        PreferencePlace place = _places[index];
        return Read(2 * index, place.ChosenPrompt) with
        {
            Reference = reference?.Chosen ?? double.NaN,
            Rejected = Read((2 * index) + 1, place.RejectedPrompt) with { Reference = reference?.Rejected ?? double.NaN },
        };
    }

    /// <summary>The prompt of a pair, as the chosen answer follows it.</summary>
    public int[] Prompt(long index)
    {
        long[] ids = Ids(2 * index);
        return [.. ids[.._places[index].ChosenPrompt].Select(id => (int)id)];
    }

    private Example Read(long document, int prompt)
    {
        long[] ids = Ids(document);
        long[] targets = ids[1..];
        targets.AsSpan(0, prompt - 1).Fill(TrainingBatch.Ignored);
        return new(ids[..^1], targets);
    }

    private long[] Ids(long document)
    {
        long start = _shard.DocumentStart(document);
        long[] ids = new long[_shard.DocumentStart(document + 1) - start];
        _shard.Copy(start, ids);
        return ids;
    }
}
