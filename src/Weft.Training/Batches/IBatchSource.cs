namespace Weft.Training.Batches;

/// <summary>Draws the batches of a run, one a step, in an order that is a function of a seed and of <see cref="Cursor"/> alone. Not safe for concurrent use.</summary>
public interface IBatchSource
{
    /// <summary>Where it stands, as text that a checkpoint keeps. Setting it, on a new source over the same data too, gives the batches that followed.</summary>
    /// <exception cref="ArgumentException">It belongs to other data, or is damaged.</exception>
    string Cursor { get; set; }

    /// <summary>The batch of the next step. One without any target is passed over, and the step takes the next.</summary>
    TrainingBatch Draw();
}

/// <summary>Data that a model is judged by, always the same batches in the same order.</summary>
public interface IEvaluationSet
{
    /// <summary>UTF-8 bytes of the text whose tokens are the targets; 0 where that is not known.</summary>
    long Bytes { get; }

    /// <summary>The batches.</summary>
    /// <param name="rows">Most rows of all of them; fewer than there are come from all over the data.</param>
    /// <param name="rowsPerBatch">Most rows of one batch.</param>
    IEnumerable<TrainingBatch> Batches(long rows, int rowsPerBatch);
}
