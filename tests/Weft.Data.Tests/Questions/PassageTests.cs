namespace Weft.Data.Tests.Questions;

/// <summary>Sentences, WikiText's form, and how a file becomes passages.</summary>
public class PassageTests
{
    [Theory]
    [InlineData("It rained. He left! Why? \"No.\" Then (at last.) it ended.", "It rained.|He left!|Why?|\"No.\"|Then (at last.) it ended.")]
    [InlineData("Mr. J. K. Smith of the U.S. Army saw H. americanus. It is no. 5. He said no. Then 3.5 kg fell.", "Mr. J. K. Smith of the U.S. Army saw H. americanus.|It is no. 5.|He said no.|Then 3.5 kg fell.")]
    [InlineData("\"Why?\" he asked... and left. The rest is open", "\"Why?\" he asked... and left.")]
    [InlineData("他说：“你好。”然后走了！真的？ 2015年结束……好。没有", "他说：“你好。”|然后走了！|真的？|2015年结束……|好。")]
    [InlineData("no mark at all", "")]
    public void Sentences_end_by_marks(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Sentences.Of(text).Select(sentence => sentence.In(text))));

    [Theory]
    [InlineData(" = Homarus gammarus = \n", 1, "Homarus gammarus")]
    [InlineData(" = = Description = = \n", 2, "Description")]
    [InlineData("x = y = z", 0, "")]
    [InlineData("= = =", 0, "")]
    [InlineData("plain text", 0, "")]
    public void Headings_of_WikiText_have_levels(string line, int level, string title) => Assert.Equal((level, title), WikiText.Heading(line));

    [Theory]
    [InlineData(" It weighs 0 @.@ 7 – 2 @.@ 2 kg ( 1 @,@ 500 g ) , a well @-@ known fact . \n", "It weighs 0.7–2.2 kg (1,500 g), a well-known fact.")]
    [InlineData("He said \" lobster red \" , didn 't he ; the lobsters ' claws are John 's .", "He said \"lobster red\", didn't he; the lobsters' claws are John's.")]
    [InlineData("It cost $ 5 , at 60 km / h , up to 40 % .", "It cost $5, at 60 km/h, up to 40%.")]
    [InlineData("He sang ' Hello ' , twice .", "He sang 'Hello', twice.")]
    // Ordinary text stays as it is.
    [InlineData("And so . . . he left \" quickly \" (2 - 3 days).", "And so . . . he left \" quickly \" (2 - 3 days).")]
    public void What_WikiText_took_apart_is_put_together(string line, string expected) => Assert.Equal(expected, WikiText.Clean(line.Replace("didn 't", "did n't", StringComparison.Ordinal)));

    [Theory]
    [InlineData("one two, three-four don't (five) 6.", 12)]
    [InlineData("他在 NFL 工作", 6)]
    [InlineData("…!", 0)]
    public void Length_is_counted_in_half_words(string text, int expected) => Assert.Equal(expected, HanText.Size(text));

    [Fact]
    public void Passages_are_whole_sentences_of_paragraphs_and_headings_name_their_articles()
    {
        string[] sentences = [.. Enumerable.Range(0, 40).Select(i => $"Sentence number {i} has exactly ten words of English, yes.")];
        string text = $"""
             = First =

            {string.Join(' ', sentences[..7])}
            {string.Join(' ', sentences[7..9])}

             = = Part = =

            A fragment that ends nowhere

            {string.Join('\n', sentences[9..12])}
             = Second =
            {string.Join(' ', sentences[12..38])}

             = Third =

            Too short.
            """;
        Passage[] passages = Read(text);
        // Seven and two sentences are one paragraph, after which it is enough; the three of the next part are too few.
        Assert.Equal([("First", string.Join(' ', sentences[..9])), ("Second", string.Join(' ', sentences[12..27])), ("Second", string.Join(' ', sentences[27..38]))],
            passages.Select(passage => (passage.Article, passage.Text)));
        Assert.Equal(sentences[..9], passages[0].Sentences.Select(sentence => sentence.In(passages[0].Text)));
    }

    [Fact]
    public void Lines_are_joined_and_paragraphs_that_are_too_short_too()
    {
        string wrapped = string.Join("\r\n", Enumerable.Range(0, 30).Select(i => $"Word {i} of a line that goes on{(i % 5 == 4 ? $" to its end.{(i == 14 ? "\r\n" : "")}" : "")}"));
        Passage passage = Assert.Single(Read(wrapped[..wrapped.IndexOf("Word 15", StringComparison.Ordinal)]));
        Assert.StartsWith("Word 0 of a line that goes on Word 1 of", passage.Text, StringComparison.Ordinal);
        Assert.Equal(3, passage.Sentences.Count);
        Assert.Equal(2, Read(wrapped).Length);
        Assert.Equal("text.txt, part 1", passage.Article);
    }

    [Fact]
    public void Chinese_is_joined_without_blanks_and_measured_by_characters()
    {
        string sentence = "这一句话一共有二十个汉字而且没有任何标点。";
        Passage passage = Assert.Single(Read(string.Join('\n', Enumerable.Repeat(sentence, 7))));
        Assert.Equal(string.Concat(Enumerable.Repeat(sentence, 7)), passage.Text);
        Assert.Empty(Read(string.Join('\n', Enumerable.Repeat(sentence, 5))));
    }

    [Fact]
    public void A_sentence_that_is_too_long_is_left_out_with_what_is_too_short_before_it()
    {
        string longest = $"Long{string.Concat(Enumerable.Repeat(" word", 160))}.", enough = string.Join(' ', Enumerable.Repeat("Word word word.", 25));
        Assert.Equal([enough, enough], Read($"{enough} {longest} Too short. {longest} {enough}").Select(passage => passage.Text));
    }

    [Fact]
    public void A_file_without_headings_is_several_articles()
    {
        string paragraph = string.Join(' ', Enumerable.Repeat("Word word word.", 25));
        Assert.Equal([("text.txt, part 1", 5), ("text.txt, part 2", 5), ("text.txt, part 3", 2)],
            Read(string.Join("\n\n", Enumerable.Repeat(paragraph, 12))).CountBy(passage => passage.Article).Select(part => (part.Key, part.Value)));
    }

    private static Passage[] Read(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text.txt"), text);
        return [.. PassageReader.Read(folder.File("text.txt"))];
    }
}
