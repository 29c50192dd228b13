using System.Collections.Concurrent;

using Weft.Data;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>The rows of a recipe's task, by split, all of which can be used as far as they tell without a tokenizer.</summary>
internal interface ITaskRows
{
    /// <summary>Rows that are used, and those that were left out.</summary>
    int Read { get; }

    /// <summary>Rows that cannot be used.</summary>
    IReadOnlyList<BadRow> Bad { get; }

    /// <summary>The splits as texts and, where there are two of each row, second ones, for the training of a tokenizer and the statistics.</summary>
    (Corpus Texts, Corpus? Pairs) ToCorpora();

    /// <summary>Refuses a tokenizer by which a model cannot tell apart what it has to.</summary>
    /// <exception cref="InvalidDataException">It is one.</exception>
    void CheckTokenizer(Tokenizer tokenizer);

    /// <summary>The rows of each split, in the order of <see cref="DataSplit"/>, as the model reads them.</summary>
    /// <param name="tokenizer">Makes the ids.</param>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="segments">That the model tells apart.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    EncodedRow[][] Encode(Tokenizer tokenizer, Recipe recipe, int segments, (IRunObserver Observer, CancellationToken Token) context);

    /// <summary>Writes what is needed of the rows after training, but for ids and labels.</summary>
    /// <param name="folder">Receives it.</param>
    /// <param name="unfit">Sources of rows that are left out.</param>
    void Keep(RunFolder folder, IReadOnlySet<string> unfit);
}

/// <summary>A row as the model reads it, or why it cannot.</summary>
/// <param name="Ids">[T].</param>
/// <param name="Labels">What is to be said of it.</param>
/// <param name="Bytes">Of its text, in UTF-8.</param>
internal sealed record EncodedRow(int[] Ids, RowLabels Labels, int Bytes)
{
    /// <summary>Why it cannot be read; null where it can.</summary>
    public BadRow? Bad { get; init; }

    /// <summary>Encodes rows on several threads, in their order.</summary>
    public static EncodedRow[] Of<T>(IReadOnlyList<T> rows, int threads, Func<T, IEnumerable<EncodedRow>> encode, CancellationToken cancellation)
    {
        var encoded = new EncodedRow[rows.Count][];
        Parallel.ForEach(Partitioner.Create(0, Math.Max(1, rows.Count)), new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, range =>
        {
            for (int i = range.Item1; i < Math.Min(rows.Count, range.Item2); i++)
                encoded[i] = [.. encode(rows[i])];
        });
        return [.. encoded.SelectMany(row => row)];
    }
}

/// <summary>Reads the rows of whatever task a recipe has.</summary>
internal static class TaskRows
{
    /// <summary>Reads them, and fills in what follows from them, such as labels that the recipe does not name.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The recipe as it is, and null, where it has no task.</returns>
    /// <exception cref="InvalidDataException">A row is wrong, or there are too few; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static (Recipe Recipe, ITaskRows? Rows) Begin(Recipe recipe, IRunObserver observer, CancellationToken cancellation) => recipe.Task?.Kind switch
    {
        TaskKind.Spans => SpanRows.Begin(recipe, observer, cancellation),
        TaskKind.Tokens => TaggedRows.Begin(recipe, observer, cancellation),
        _ => LabelledRows.Begin(recipe, observer, cancellation),
    };

    /// <summary>A corpus of the texts of splits.</summary>
    public static Corpus ToCorpus(IEnumerable<IEnumerable<TextDocument>> splits, int read, int duplicates)
    {
        TextDocument[][] documents = [.. splits.Select(split => split.ToArray())];
        SplitStatistics[] sizes = [.. documents.Select(split => new SplitStatistics(
            split.Length, split.Sum(document => (long)document.Text.Length), split.Sum(document => (long)System.Text.Encoding.UTF8.GetByteCount(document.Text))))];
        return new(documents[0], documents[1], documents[2], new(read, duplicates, sizes[0], sizes[1], sizes[2]));
    }
}
