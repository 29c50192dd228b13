namespace Weft.Evaluation.Harness.Requests;

/// <summary>Cuts a text that is longer than a model's context into windows that score each of its tokens once.</summary>
internal static class RollingWindows
{
    /// <summary>
    /// The windows, as lm-evaluation-harness makes them: the first scores as many tokens as fit, each further one the next <paramref name="stride"/> with as much
    /// before them as fits.
    /// </summary>
    /// <param name="ids">The text.</param>
    /// <param name="prefix">Stands before the first token.</param>
    /// <param name="context">Ids that the model reads at once.</param>
    /// <param name="stride">1 to <paramref name="context"/>.</param>
    public static IEnumerable<TokenRequest> Of(int[] ids, int prefix, int context, int stride)
    {
        int first = Math.Min(context, ids.Length);
        if (first == 0)
            yield break;
        yield return new([prefix], ids[..first]);
        for (int done = first, count; done < ids.Length; done += count)
        {
            count = Math.Min(ids.Length - done, stride);
            int end = done + count;
            // The last id of a window is scored but not read.
            yield return new(ids[(end - context - 1)..done], ids[done..end]);
        }
    }
}
