namespace Weft.Training.Runs;

/// <summary>What one setting of the size dial stands for. That of tiny was found by a sweep on the default corpus (docs/LOG.md); the others follow from it.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="Width">Hidden size.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="Batch">Windows of an update.</param>
/// <param name="LearningRate">Highest learning rate.</param>
internal sealed record SizePreset(int Layers, int Width, int Heads, int Batch, double LearningRate)
{
    /// <summary>A gated feed-forward has three matrices: 8/3 of the width, rounded to 32, keeps the cost of two of 4 (Llama).</summary>
    public static int GatedInner(int width) => Math.Max(32, (int)Math.Round(width * 8 / 3.0 / 32) * 32);

    /// <summary>The preset of <paramref name="size"/>.</summary>
    public static SizePreset Of(ModelSize size) => size switch
    {
        ModelSize.Nano => new(4, 128, 4, 8, 4e-3),
        ModelSize.Tiny => new(4, 256, 4, 8, 3e-3),
        ModelSize.Small => new(8, 384, 6, 16, 1.5e-3),
        _ => throw new NotSupportedException($"size {size} has no preset"),
    };
}
