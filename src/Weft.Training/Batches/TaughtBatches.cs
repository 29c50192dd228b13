namespace Weft.Training.Batches;

/// <summary>Batches that something can be learnt from.</summary>
internal static class TaughtBatches
{
    /// <summary>More in a row are no accident of small data.</summary>
    private const int MostEmpty = 10_000;

    /// <summary>
    /// The next batch that has a target. One without any, such as a text of unknown words alone where masked tokens are guessed, is passed over: its mean loss
    /// is none. The cursor goes on with each, so a resumed run passes over the same ones.
    /// </summary>
    /// <exception cref="InvalidDataException">There seems to be none.</exception>
    public static TrainingBatch DrawTaught(this IBatchSource batches)
    {
        for (int empty = 0; empty < MostEmpty; empty++)
        {
            TrainingBatch batch = batches.Draw();
            if (batch.TargetCount > 0)
                return batch;
        }
        throw new InvalidDataException(FormattableString.Invariant(
            $"{MostEmpty} batches in a row have nothing to predict, such as where all words are unknown to the tokenizer; give other text or another tokenizer"));
    }
}
