namespace Weft.Data;

/// <summary>Which part of a corpus a document belongs to.</summary>
public enum DataSplit
{
    /// <summary>Text that the model learns from.</summary>
    Train,

    /// <summary>Text that steers training: early stopping, choice of hyperparameters.</summary>
    Validation,

    /// <summary>Text that is looked at once, at the end.</summary>
    Test,
}
