using System.Buffers;

namespace Weft.Data.Tests;

public class SdkCorpusTests
{
    private static readonly SearchValues<char> IdMarks = SearchValues.Create("`#{}@~|");

    [Fact]
    public void The_running_SDK_gives_a_corpus_that_a_model_can_learn_from()
    {
        IReadOnlyList<string> files;
        try
        {
            files = ApiDocumentation.FindFiles();
        }
        catch (FileNotFoundException absent)
        {
            Assert.Skip(absent.Message);
            return;
        }
        CancellationToken ct = TestContext.Current.CancellationToken;
        List<TextDocument> documents = [.. ApiDocumentation.Read(files, ct)];
        Corpus corpus = CorpusBuilder.Build(documents, new CorpusOptions { TestFraction = 0.05 }, ct);
        int unique = corpus.Train.Count + corpus.Validation.Count + corpus.Test.Count;
        Assert.True(unique > 20_000, $"{unique} unique documents");
        Assert.Equal(documents.Count, unique + corpus.Statistics.Duplicates);
        Assert.Equal(documents.Count, documents.Select(document => document.Source.Split('#', 2)[1]).Distinct().Count());
        string insert = Assert.Single(documents, d => d.Text.StartsWith("List<T>.Insert(int, T) method\n", StringComparison.Ordinal)).Text;
        Assert.Contains("\nParameters:\nindex: The zero-based index", insert, StringComparison.Ordinal);
        Assert.Contains("\nThrows ArgumentOutOfRangeException: index is less than 0.", insert, StringComparison.Ordinal);
        Assert.All(documents, d => Assert.True(d.Text.Contains('\n', StringComparison.Ordinal), d.Text));
        // No mark of the id grammar is left in any title but an operator's.
        Assert.DoesNotContain(documents, d =>
            d.Text.Split('\n')[0] is var title && !title.Contains("operator", StringComparison.Ordinal) && title.AsSpan().ContainsAny(IdMarks));
        Assert.Equal(documents.Take(2000), ApiDocumentation.Read(files, ct).Take(2000));
    }
}
