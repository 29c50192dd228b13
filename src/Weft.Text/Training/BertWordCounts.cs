using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>Counts the words of documents that are cleaned and split as BERT does it.</summary>
internal sealed class BertWordCounts : IPieceSink
{
    private readonly NormalizerBuffers _buffers = new();
    private readonly IPieceSink _split;
    private WordCounts _counts = new();

    private BertWordCounts() => _split = new BertPreTokenizer().Open(this);

    /// <summary>Counts on several threads.</summary>
    public static Dictionary<string, long> Count(IEnumerable<string> documents, WordPieceTrainerOptions options,
        IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        BertNormalizer normalizer = BertNormalizer.Of(clean: true, spaceChinese: true, options.Lowercase, options.Lowercase);
        using var splitters = new ThreadLocal<BertWordCounts>(() => new());
        return WordCounts.Of(documents, (document, counts) => splitters.Value!.Add(document, normalizer, counts),
            options.MaximumParallelism, progress, cancellationToken);
    }

    public void Accept(in Piece piece) => _counts.Add(piece.Text);

    private void Add(ReadOnlySpan<char> document, BertNormalizer normalizer, WordCounts counts)
    {
        _counts = counts;
        if (!document.IsEmpty)
            _split.Accept(_buffers.Run([normalizer], new Piece(document)));
    }
}
