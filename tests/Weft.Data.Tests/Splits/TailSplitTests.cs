using CsCheck;

namespace Weft.Data.Tests;

public class TailSplitTests
{
    [Fact]
    public void The_parts_are_the_text_in_order_and_as_long_as_asked()
    {
        Gen.Select(Gen.Int[0, 300], Gen.Double[0, 0.5], Gen.Double[0, 0.4]).Sample((pairs, validation, test) =>
        {
            string text = "abcdefghij" + string.Concat(Enumerable.Repeat("🌍", pairs));
            Corpus corpus;
            try
            {
                corpus = TailSplit.Of([new TextDocument(text[..5], "a"), new TextDocument(text[5..], "b")], validation, test);
            }
            catch (InvalidDataException)
            {
                Assert.True(text.Length * Math.Min(validation, test) < 3);
                return;
            }
            Assert.Equal(text, string.Concat(corpus.Train.Concat(corpus.Validation).Concat(corpus.Test).Select(d => d.Text)));
            Assert.InRange(corpus.Statistics.Validation.Characters, text.Length * validation - 2, text.Length * validation + 2);
            Assert.InRange(corpus.Statistics.Test.Characters, text.Length * test - 2, text.Length * test + 2);
            Assert.DoesNotContain(corpus.Validation.Concat(corpus.Test), d => char.IsLowSurrogate(d.Text[0]));
        });
    }

    [Fact]
    public void Too_little_text_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => TailSplit.Of([new TextDocument("a", "a.txt")], 0.1, 0));
        Assert.Throws<InvalidDataException>(() => TailSplit.Of([], 0.1, 0));
    }

    [Fact]
    public void Whole_files_are_read_to_the_character()
    {
        using var folder = new TemporaryFolder();
        string content = "\n  a\r\n\r\n" + new string('b', 200_000) + "\n\n";
        string path = folder.Write("a.txt", content);
        Assert.Equal([new TextDocument(content, path)], TextFiles.ReadWhole([path], TestContext.Current.CancellationToken));
    }
}
