using System.Diagnostics.CodeAnalysis;

namespace Weft.Data;

/// <summary>
/// Draws training windows from a shard whose documents are packed end to end. A window is length + 1 consecutive ids: inputs
/// are the first length of them, targets the last length. Not safe for concurrent use.
/// </summary>
public interface IWindowSampler
{
    /// <summary>
    /// The state after the last draw. Setting it back, on this sampler or on a new one over the same shard, reproduces the
    /// following batches exactly.
    /// </summary>
    /// <exception cref="ArgumentException">The cursor belongs to another shard or is not possible.</exception>
    WindowCursor Cursor { get; set; }

    /// <summary>Draws the next windows.</summary>
    /// <param name="destination">Receives [windows, length + 1] ids, row-major.</param>
    /// <param name="windows">Windows to draw, at least one.</param>
    /// <param name="length">Targets per window, at least one.</param>
    /// <exception cref="ArgumentException">The destination is too small, or the shard is shorter than one window.</exception>
    [SuppressMessage("Naming", "CA1716", Justification = "Visual Basic escapes the word; every sampler in the field says next.")]
    void Next(Span<long> destination, int windows, int length);
}
