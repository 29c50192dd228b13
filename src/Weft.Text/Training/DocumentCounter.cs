using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Weft.Text;

/// <summary>Counts something in documents on several threads. Sums do not depend on who counted what.</summary>
internal static class DocumentCounter
{
    private const int BatchCharacters = 1 << 19;

    /// <summary>Adds one document, without lone surrogates, to a thread's counts.</summary>
    public delegate void CountDocument<TCounts>(ReadOnlySpan<char> document, TCounts counts);

    /// <summary>Gives each thread its own counts and returns them all.</summary>
    /// <param name="documents">Read once, from one thread at a time.</param>
    /// <param name="count">Adds one document to a thread's counts.</param>
    /// <param name="parallelism">Most threads at once.</param>
    /// <param name="counted">Told the number of characters counted so far: one call at a time, from any thread.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="InvalidDataException">There is no text in the documents.</exception>
    public static IReadOnlyList<TCounts> Count<TCounts>(IEnumerable<string> documents, CountDocument<TCounts> count,
        int parallelism, Action<long> counted, CancellationToken cancellationToken) where TCounts : new()
    {
        var all = new List<TCounts>();
        long characters = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        try
        {
            Parallel.ForEach(Partitioner.Create(Batches(documents), EnumerablePartitionerOptions.NoBuffering), options, () => new TCounts(),
                (batch, _, counts) =>
                {
                    foreach (string document in batch)
                        count(WellFormedText.Of(document), counts);
                    lock (all)
                        counted(characters += batch.Sum(document => (long)document.Length));
                    return counts;
                },
                counts =>
                {
                    lock (all)
                        all.Add(counts);
                });
        }
        catch (AggregateException error) when (error.InnerExceptions.Distinct().Count() == 1)
        {
            // The reader of documents failed; its own exception says why.
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
        if (characters == 0)
            throw new InvalidDataException(
                "the corpus: field 'documents' holds 0 characters; give at least one document with text");
        return all;
    }

    // Small documents travel together: handing over one by one would cost more than counting it.
    private static IEnumerable<List<string>> Batches(IEnumerable<string> documents)
    {
        var batch = new List<string>();
        long characters = 0;
        foreach (string document in documents)
        {
            batch.Add(document);
            characters += document.Length;
            if (characters < BatchCharacters)
                continue;
            yield return batch;
            (batch, characters) = ([], 0);
        }
        if (batch.Count > 0)
            yield return batch;
    }
}
