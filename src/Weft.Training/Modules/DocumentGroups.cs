using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// The documents of packed rows, each in a row of its own beside others of like length: causal attention then computes no pair of two documents, and
/// needs no mask, since what fills up a row stands behind. Legend: B rows, T tokens, G documents of a group, L tokens of its longest, H heads, S head size.
/// </summary>
internal sealed class DocumentGroups
{
    /// <summary>Least length of a document in a group, as a share of its longest: less would fill up more, more would make more groups.</summary>
    private const double ShortestShare = 0.7;

    /// <summary>Documents up to so many tokens share a group, since a smaller one is not worth its calls.</summary>
    private const int ShortLength = 32;

    /// <summary>
    /// Keys of other documents in a token's row, on the mean, from which on it is cheaper to gather the documents than to compute and mask those keys:
    /// measured with heads of 64, forward and backward, in bf16.
    /// </summary>
    private const double WorthKeys = 400;

    private readonly int _rows;
    private readonly List<(Tensor Index, int Length)> _groups = [];
    private readonly Tensor _back;

    /// <summary>Tensors belong to the dispose scope around the call.</summary>
    /// <param name="layout">Of the rows.</param>
    /// <param name="device">Of the states.</param>
    public DocumentGroups(TokenLayout layout, Device device)
    {
        _rows = layout.Rows;
        (int First, int Length)[] documents = [.. Documents(layout).OrderByDescending(document => document.Length)];
        long[] back = new long[layout.Rows * layout.Length];
        long places = 0;
        for (int start = 0; start < documents.Length;)
        {
            int length = documents[start].Length, end = start;
            while (end < documents.Length && (documents[end].Length >= ShortestShare * length || length <= ShortLength))
                end++;
            long[] index = new long[(end - start) * length];
            for (int i = 0; i < index.Length; i++)
            {
                (int first, int own) = documents[start + (i / length)];
                int token = i % length;
                // What fills up is any token of the document: no earlier one sees it.
                index[i] = first + Math.Min(token, own - 1);
                if (token < own)
                    back[first + token] = places + i;
            }
            _groups.Add((tensor(index, device: device), length));
            places += index.Length;
            start = end;
        }
        _back = tensor(back, device: device);
    }

    /// <summary>Computing documents by themselves saves more than gathering them costs.</summary>
    public static bool AreWorthWhile(TokenLayout layout) => layout.ForeignKeys >= WorthKeys;

    /// <summary>Queries, keys and values of packed rows, [B, H, T, S], through <paramref name="attend"/>, which gets them as [G, H, L, S].</summary>
    public Tensor Apply(Tensor query, Tensor key, Tensor value, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        Tensor[] tokens = [.. new[] { query, key, value }.Select(x => x.transpose(1, 2).reshape(-1, x.shape[1], x.shape[3]))]; // [B·T, H, S]
        Tensor[] mixed = [.. _groups.Select(group =>
        {
            Tensor[] parts = [.. tokens.Select(x => x.index_select(0, group.Index).view(-1, group.Length, x.shape[1], x.shape[2]).transpose(1, 2))];
            return attend(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(-1, query.shape[1], value.shape[3]);
        })];
        return cat(mixed, 0).index_select(0, _back).view(_rows, -1, query.shape[1], value.shape[3]).transpose(1, 2);
    }

    /// <summary>Place of the first token in [B, T], and tokens, of every document, padding too.</summary>
    private static IEnumerable<(int First, int Length)> Documents(TokenLayout layout)
    {
        for (int first = 0; first < layout.Rows * layout.Length;)
        {
            int length = layout.End(first) - layout.Start(first);
            yield return (first, length);
            first += length;
        }
    }
}
