namespace Weft.Tasks.Tests;

public sealed class FillMaskTests
{
    [Theory]
    [InlineData("masked language model, tied")]
    [InlineData("masked language model, untied")]
    public void Each_mask_has_the_softmax_of_its_logits(string mechanism)
    {
        using TaskModel task = TaskModel.Of(mechanism, WordTokenizer.Bert);
        IReadOnlyList<IReadOnlyList<MaskCandidate>> masks = new FillMask(task.Model).Fill("The [MASK] sat on the [MASK].", 3);
        int[] ids = WordTokenizer.Bert.Ids("[CLS] the [MASK] sat on the [MASK] . [SEP]");
        float[][] rows = [.. task.Outputs(ids).Chunk(WordTokenizer.Bert.Tokens.Length)];
        foreach ((int mask, int position) in new[] { (0, 2), (1, 6) })
        {
            double[] expected = TaskModel.Softmax(rows[position]);
            Assert.Equal(Enumerable.Range(0, expected.Length).OrderByDescending(id => expected[id]).Take(3), masks[mask].Select(candidate => candidate.Id));
            Assert.All(masks[mask], candidate => Assert.Equal(expected[candidate.Id], candidate.Probability, 1e-6));
            Assert.All(masks[mask], candidate => Assert.Equal(WordTokenizer.Bert.Tokens[candidate.Id], candidate.Text));
        }
        Assert.Equal(2, masks.Count);
    }

    [Fact]
    public void What_has_no_mask_or_does_not_fit_is_refused()
    {
        using TaskModel task = TaskModel.Of("masked language model, tied", WordTokenizer.Bert, context: 6);
        var fill = new FillMask(task.Model);
        Assert.Equal("[MASK]", fill.Mask);
        Assert.Contains("no [MASK]", Assert.Throws<ArgumentException>(() => fill.Fill("the cat")).Message, StringComparison.Ordinal);
        Assert.Contains("7 tokens", Assert.Throws<ArgumentException>(() => fill.Fill("the [MASK] sat on it")).Message, StringComparison.Ordinal);
        // Other special tokens of a text stay text.
        Assert.Contains("no [MASK]", Assert.Throws<ArgumentException>(() => fill.Fill("[SEP]")).Message, StringComparison.Ordinal);
    }
}
