namespace Weft.Inference;

/// <summary>How far the loading of a model is.</summary>
/// <param name="Bytes">Bytes of weights that are ready to compute with.</param>
/// <param name="Total">Bytes of all weights.</param>
public readonly record struct LoadProgress(long Bytes, long Total);
