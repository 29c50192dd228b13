using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>What a model will see, of every kind of recipe.</summary>
public class DataPreviewTests
{
    [Fact]
    public void Of_conversations_the_answers_have_loss()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.jsonl"), ["{\"prompt\": \"Is it so?\", \"response\": \"Yes.\"}"]);
        Recipe recipe = SmallRecipe.Of(folder) with { Text = new(), Task = new() { Kind = TaskKind.Conversation, Files = [folder.File("a.jsonl")], Validation = [folder.File("a.jsonl")] } };
        // An epoch is one conversation, and rows are packed.
        recipe = recipe with { Training = recipe.Training with { Objective = new() { Packing = PackingKind.Padded }, Batch = 2 }, Model = recipe.Model with { Context = 64 } };
        DataPreview preview = Of(recipe, 3);
        Assert.Equal(3, preview.Rows.Count);
        Assert.All(preview.Rows, row =>
        {
            Assert.Equal("<|im_start|>user\nIs it so?<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n"[..^1], Text(row.Tokens));
            Assert.Equal("Yes.<|im_end|>", Text(row.Tokens.Where(token => token.HasLoss)));
            Assert.Empty(row.Labels);
        });
    }

    [Theory]
    [InlineData(PackingKind.Windows)]
    [InlineData(PackingKind.Documents)]
    public void Of_a_text_every_token_but_the_first_of_a_row_or_document_is_predicted(PackingKind packing)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Training = recipe.Training with { Objective = new() { Packing = packing } } };
        foreach (PreviewRow row in Of(recipe, 5).Rows)
        {
            Assert.InRange(row.Tokens.Count, 2, recipe.Model.Context + row.Tokens.DistinctBy(token => token.Document).Count());
            foreach (IGrouping<int, PreviewToken> document in row.Tokens.GroupBy(token => token.Document))
                Assert.Equal([false, .. Enumerable.Repeat(true, document.Count() - 1)], document.Select(token => token.HasLoss));
            string text = File.ReadAllText(folder.File("text.txt"));
            Assert.All(row.Tokens.GroupBy(token => token.Document), document => Assert.All(Text(document).Split("<|endoftext|>"), part => Assert.Contains(part, text, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Of_a_prefix_what_is_seen_both_ways_is_told()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        foreach (PreviewRow row in Of(recipe with { Training = recipe.Training with { Objective = new() { Kind = ObjectiveKind.Prefix } } }, 4).Rows)
            Assert.All(row.Tokens, token => Assert.False(token.IsPrefix && token.HasLoss));
    }

    [Fact]
    public void Of_masked_text_what_is_hidden_is_told()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        PreviewToken[] hidden = [.. Of(recipe with { Model = recipe.Model with { Architecture = "bert" } }, 8).Rows.SelectMany(row => row.Tokens).Where(token => token.HasLoss)];
        Assert.True(hidden.Length > 8);
        Assert.All(hidden, token => Assert.NotNull(token.Answer));
        Assert.Contains(hidden, token => token.Text == "[MASK]");
        Assert.DoesNotContain(hidden, token => token.Answer == "[MASK]");
    }

    [Fact]
    public void Of_pairs_there_is_a_source_and_a_target()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.tsv"), Enumerable.Range(0, 200).Select(i => $"the source {i}\tdas Ziel {i}"));
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Text = new() { Paths = [folder.File("a.tsv")], Columns = new() { Source = "1", Target = "2" }, Validation = 0.1, Test = 0.1 }, Model = recipe.Model with { Architecture = "marian" } };
        foreach (PreviewRow row in Of(recipe, 3).Rows)
        {
            string number = Text(row.Source)["the source ".Length..^"</s>".Length];
            Assert.Equal($"<pad>das Ziel {number}</s>", Text(row.Tokens));
            Assert.Equal($"das Ziel {number}</s>", Text(row.Tokens.Where(token => token.HasLoss)));
        }
    }

    [Theory]
    [InlineData(null, PackingKind.Padded)]
    [InlineData(null, PackingKind.Documents)]
    [InlineData(";", PackingKind.Documents)]
    public void Of_labelled_rows_each_text_has_its_labels(string? separator, PackingKind packing)
    {
        using var folder = new TemporaryFolder();
        string LabelOf(int number) => (number % 3) switch { 0 => "a", 1 => "b", _ => separator is null ? "c" : "a;b" };
        File.WriteAllLines(folder.File("a.tsv"), Enumerable.Range(0, 300).Select(i => $"no {i}\t{LabelOf(i)}"));
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Text = new(), Task = new() { Files = [folder.File("a.tsv")], Text = "1", Label = "2", Separator = separator } };
        recipe = recipe with { Training = recipe.Training with { Objective = new() { Packing = packing } } };
        int read = 0;
        foreach (PreviewRow row in Of(recipe, 6).Rows)
        {
            Assert.Equal(0, row.Losses);
            IGrouping<int, PreviewToken>[] documents = [.. row.Tokens.GroupBy(token => token.Document)];
            Assert.Equal(documents.Length, row.Labels.Count);
            foreach ((IGrouping<int, PreviewToken> document, string label) in documents.Zip(row.Labels))
                Assert.Equal(LabelOf(int.Parse(Text(document)["no ".Length..], System.Globalization.CultureInfo.InvariantCulture)), label);
            read += documents.Length;
        }
        Assert.True(packing == PackingKind.Padded ? read == 6 : read > 6, $"{read} texts");
    }

    [Fact]
    public void Nothing_is_left_behind_and_mistakes_are_told_as_a_run_tells_them()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        Of(recipe, 1);
        Assert.Equal(["text.txt"], folder.Names);
        Assert.Throws<FileNotFoundException>(() => Of(recipe.WithFiles([folder.File("absent.txt")]), 1));
    }

    private static DataPreview Of(Recipe recipe, int rows) => DataPreview.Of(recipe, rows, new RunWatcher(), TestContext.Current.CancellationToken);

    private static string Text(IEnumerable<PreviewToken> tokens) => string.Concat(tokens.Select(token => token.Text));
}
