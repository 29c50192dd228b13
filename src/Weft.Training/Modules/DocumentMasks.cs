using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Masks that keep the documents of a row apart: 0 where a query sees a key, minus infinity where it does not. Windows, chunks and first
/// tokens count within the document. Legend: B rows, T tokens, U tokens of the source.
/// </summary>
internal static class DocumentMasks
{
    /// <summary>Of tokens to those of their own row, [B, 1, T, T].</summary>
    /// <param name="layout">Of both.</param>
    /// <param name="mask">Within a document.</param>
    /// <param name="firstTokens">Of a document, which stay visible beyond windows and chunks.</param>
    /// <param name="device">Of the states.</param>
    public static Tensor Within(TokenLayout layout, AttentionMask mask, int firstTokens, Device device) => Fill(layout, layout.Length, device, (index, visible) =>
    {
        int place = index % layout.Length, start = layout.Start(index), end = layout.End(index);
        if (mask is AttentionMask.Bidirectional)
        {
            visible[start..end].Clear();
            return;
        }
        visible[(start + mask.FirstVisible(place - start))..(place + 1)].Clear();
        visible[start..Math.Min(place + 1, start + firstTokens)].Clear();
        // What is seen from before it is seen as far as it would be from behind.
        for (int later = place + 1; layout.Prefix is { } prefix && later < end; later++)
            if (prefix[index - place + later] && (later - start < firstTokens || mask.FirstVisible(later - start) <= place - start))
                visible[later] = 0;
    });

    /// <summary>Of tokens to those of the source, [B, 1, T, U]; null where all see all. A document without a source, such as padding, sees everything, since it has to see something.</summary>
    public static Tensor? Across(TokenLayout? layout, TokenLayout? source, Device device)
    {
        if (layout?.Documents is not { } documents || source?.Documents is not { } sources)
            return layout?.Documents is null && source?.Documents is null ? null : throw new ArgumentException(
                "documents are numbered in the source or in the target alone; number both, with equal numbers for what belongs together");
        if (layout.Rows != source.Rows)
            throw new ArgumentException($"{source.Rows} rows of the source do not suit {layout.Rows} of the target");
        return Fill(layout, source.Length, device, (index, visible) =>
        {
            int first = index / layout.Length * source.Length;
            int found = Array.IndexOf(sources, documents[index], first, source.Length);
            if (found < 0)
                visible.Clear();
            else
                visible[(found - first)..source.End(found)].Clear();
        });
    }

    private delegate void ShowKeys(int index, Span<float> visible);

    /// <summary>Row by row, since a whole batch of long rows may hold more numbers than an array.</summary>
    private static Tensor Fill(TokenLayout layout, int keys, Device device, ShowKeys show)
    {
        Tensor all = empty([layout.Rows, 1, layout.Length, keys], device: CPU);
        float[] values = new float[layout.Length * keys];
        for (int row = 0; row < layout.Rows; row++)
        {
            Array.Fill(values, float.NegativeInfinity);
            for (int t = 0; t < layout.Length; t++)
                show((row * layout.Length) + t, values.AsSpan(t * keys, keys));
            using Tensor part = tensor(values, [1, layout.Length, keys], device: CPU);
            using Tensor place = all.select(0, row);
            place.copy_(part);
        }
        return device.type == TorchSharp.DeviceType.CPU ? all : all.to(device, disposeAfter: true);
    }
}
