namespace Weft.Inference.Tests;

/// <summary>Reaches the reference from what it is compared with.</summary>
internal static class RandomModelReference
{
    /// <summary>The same model in double precision.</summary>
    public static ReferenceModel Reference(this RandomModel model) => new(model.Spec, model.Weights);
}
