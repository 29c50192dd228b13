using System.Runtime.InteropServices;
using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>How often each word occurs in documents that are cleaned and split as BERT does it.</summary>
internal sealed class BertWordCounts : IPieceSink
{
    private readonly NormalizerBuffers _buffers = new();
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly IPieceSink _split;

    public BertWordCounts() => _split = new BertPreTokenizer().Open(this);

    /// <summary>Counts on several threads.</summary>
    public static Dictionary<string, long> Count(IEnumerable<string> documents, WordPieceTrainerOptions options,
        IProgress<BpeTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        BertNormalizer normalizer = BertNormalizer.Of(clean: true, spaceChinese: true, options.Lowercase, options.Lowercase);
        IReadOnlyList<BertWordCounts> perThread = DocumentCounter.Count<BertWordCounts>(documents,
            (document, counts) => counts.Add(document, normalizer),
            options.MaximumParallelism, done => progress?.Report(new BpeTrainingProgress("count", done, 0)), cancellationToken);
        Dictionary<string, long> total = perThread[0]._counts;
        foreach (BertWordCounts counts in perThread.Skip(1))
            foreach ((string word, long count) in counts._counts)
                CollectionsMarshal.GetValueRefOrAddDefault(total, word, out _) += count;
        return total;
    }

    public void Accept(in Piece piece) => CollectionsMarshal.GetValueRefOrAddDefault(
        _counts.GetAlternateLookup<ReadOnlySpan<char>>(), piece.Text, out _)++;

    private void Add(ReadOnlySpan<char> document, BertNormalizer normalizer)
    {
        if (!document.IsEmpty)
            _split.Accept(_buffers.Run([normalizer], new Piece(document)));
    }
}
