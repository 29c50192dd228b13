using System.Text.Json.Nodes;

namespace Weft.Tasks.Tests;

public sealed class TokenClassifierTests
{
    private static readonly string[] Names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC", "B-MISC"];

    /// <summary>Each line: labels of the tokens of "a b c d e", and what Transformers' simple strategy makes of them.</summary>
    [Theory]
    [InlineData("O O O O O", "")]
    [InlineData("B-PER I-PER O B-LOC O", "PER 0..3, LOC 6..7")]
    [InlineData("B-PER B-PER I-PER O O", "PER 0..1, PER 2..5")]
    [InlineData("I-PER I-PER I-LOC O O", "PER 0..3, LOC 4..5")]
    [InlineData("MISC MISC O MISC I-MISC", "MISC 0..3, MISC 6..9")]
    [InlineData("B-PER O I-PER O O", "PER 0..1, PER 4..5")]
    [InlineData("PER B-PER PER I-PER LOC", "PER 0..1, PER 2..7, LOC 8..9")]
    public void Neighbours_of_one_label_make_a_span_that_a_beginning_ends(string labels, string expected)
    {
        TokenLabel[] tokens = [.. labels.Split(' ').Select((label, i) => new TokenLabel(label, 2 * i, (2 * i) + 1, 0.5f + (i / 10f)))];
        IReadOnlyList<TokenSpan> spans = TokenSpan.Join("a b c d e", tokens);
        Assert.Equal(expected, string.Join(", ", spans.Select(span => $"{span.Label} {span.Start}..{span.End}")));
        Assert.All(spans, span => Assert.Equal("a b c d e"[span.Start..span.End], span.Text));
        Assert.All(spans, span => Assert.Equal(tokens.Where(token => token.Start >= span.Start && token.End <= span.End).Average(token => token.Probability), span.Probability, 1e-6));
    }

    [Fact]
    public void Space_at_the_ends_of_tokens_is_no_part_of_a_span()
    {
        TokenSpan span = Assert.Single(TokenSpan.Join("to New York.", [new("O", 0, 2, 1), new("LOC", 2, 6, 1), new("LOC", 6, 11, 1), new("O", 11, 12, 1)]));
        Assert.Equal(("New York", 3, 11), (span.Text, span.Start, span.End));
    }

    [Fact]
    public void Each_token_of_the_text_has_its_likeliest_label_and_its_place()
    {
        using TaskModel task = Model();
        const string Text = "Ada Lovelace was born in London.";
        IReadOnlyList<TokenLabel> labels = new TokenClassifier(task.Model).Label(Text);
        float[] logits = task.Outputs(WordTokenizer.Bert.Ids("[CLS] ada lovelace was born in london . [SEP]"));
        Assert.Equal(["Ada", "Lovelace", "was", "born", "in", "London", "."], labels.Select(label => Text[label.Start..label.End]));
        Assert.Equal(Rows(logits)[1..^1].Select(Likeliest), labels.Select(label => label.Label));
        Assert.Equal(TokenSpan.Join(Text, labels), new TokenClassifier(task.Model).Find(Text));
    }

    [Fact]
    public void In_windows_a_token_has_the_label_that_it_gets_with_most_text_around_it()
    {
        using TaskModel task = Model(context: 8);
        // Windows of six words that share four: 0..5, 2..7, 4..9.
        string[] words = ["ada", "was", "born", "in", "london", ".", "the", "cat", "sat", "on"];
        (int Start, int[] Ids)[] windows = [.. new[] { 0, 2, 4 }.Select(start => (start, WordTokenizer.Bert.Ids($"[CLS] {string.Join(' ', words[start..(start + 6)])} [SEP]")))];
        string[] expected = new string[words.Length];
        int[] margins = [.. words.Select(_ => -1)];
        foreach ((int start, int[] ids) in windows)
            for (int i = 0; i < 6; i++)
                if (Math.Min(i, 5 - i) > margins[start + i])
                    (expected[start + i], margins[start + i]) = (Likeliest(Rows(task.Outputs(ids))[i + 1]), Math.Min(i, 5 - i));
        Assert.Equal(expected, new TokenClassifier(task.Model, new() { Long = LongInput.Stride, Overlap = 4 }).Label(string.Join(' ', words)).Select(label => label.Label));
        Assert.Contains("12 tokens", Assert.Throws<ArgumentException>(() => new TokenClassifier(task.Model).Find(string.Join(' ', words))).Message, StringComparison.Ordinal);
    }

    private static TaskModel Model(int context = 330) => TaskModel.Of("token classes", WordTokenizer.Bert, context).Configured(config =>
    {
        JsonObject names = [];
        for (int i = 0; i < Names.Length; i++)
            names[i.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Names[i];
        config["id2label"] = names;
    });

    private static float[][] Rows(float[] logits) => [.. logits.Chunk(Names.Length)];

    private static string Likeliest(float[] row) => Names[Array.IndexOf(row, row.Max())];
}
