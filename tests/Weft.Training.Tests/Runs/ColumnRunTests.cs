using Weft.Data;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Runs whose text stands in columns of tables.</summary>
public class ColumnRunTests
{
    [Fact]
    public void Pairs_of_two_columns_are_those_of_two_files()
    {
        using var folder = new TemporaryFolder();
        (string Source, string Target)[] pairs = [.. Enumerable.Range(0, 400).Select(i => ($"Word {i} has {i % 7} friends.", $"{i % 7} Freunde, Wort {i}."))];
        foreach ((string split, int first, int count) in new[] { ("train", 0, 300), ("validation", 300, 50), ("test", 350, 50) })
        {
            (string Source, string Target)[] part = [.. pairs.Skip(first).Take(count)];
            File.WriteAllLines(folder.File($"{split}.source"), part.Select(pair => pair.Source));
            File.WriteAllLines(folder.File($"{split}.target"), part.Select(pair => pair.Target));
            File.WriteAllLines(folder.File($"{split}.csv"), [.. new[] { "id,to,from" }, .. part.Select((pair, i) => $"{i},\"{pair.Target}\",{pair.Source}")]);
        }
        PairFilesRecipe Files(string split) => new() { Source = folder.File($"{split}.source"), Target = folder.File($"{split}.target") };
        Recipe ofFiles = Marian(folder, new() { Pairs = new() { Source = Files("train").Source, Target = Files("train").Target, Validation = Files("validation"), Test = Files("test") } });
        Recipe ofColumns = Marian(folder, new()
        {
            Paths = [folder.File("train.csv")],
            Columns = new() { Source = "from", Target = "to", Validation = [folder.File("validation.csv")], Test = [folder.File("test.csv")] },
        });
        RunResult expected = Start(ofFiles, folder.File("files")), actual = Start(ofColumns, folder.File("columns"));
        Assert.Equal(expected.History.Select(step => step.Loss), actual.History.Select(step => step.Loss));
        Assert.Equal(expected.Test, actual.Test);
        Assert.Equal(expected.Journal.Corpus, actual.Journal.Corpus);
        Assert.Equal(ObjectiveKind.Pairs, actual.Recipe.Training.Objective.Kind);
    }

    [Fact]
    public void Texts_of_a_column_are_documents_of_several_lines()
    {
        using var folder = new TemporaryFolder();
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"Word {i} stands\nin line {i}, \"quoted\".")];
        File.WriteAllLines(folder.File("a.jsonl"), texts.Select((text, i) => System.Text.Json.JsonSerializer.Serialize(new { n = i, body = i % 50 == 7 ? " " : text })));
        var watcher = new RunWatcher();
        Recipe recipe = SmallRecipe.Of(folder) with { Text = new() { Paths = [folder.File("a.jsonl")], Validation = 0.1, Test = 0.1, Columns = new() { Text = "body" } } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None)!;
        Assert.Contains(watcher.Lines, line => line.StartsWith("4 rows of", StringComparison.Ordinal) && line.EndsWith("have an empty text and are left out", StringComparison.Ordinal));
        CorpusStatistics corpus = result.Journal.Corpus;
        Assert.Equal(196, corpus.Train.Documents + corpus.Validation.Documents + corpus.Test.Documents);
        using ShardSet train = ShardSet.Open(result.Folder.Shards.Train);
        Assert.Equal(corpus.Train.Documents, train.DocumentCount);
        long[] ids = new long[train.DocumentStart(1)];
        train.Copy(0, ids);
        Assert.Contains(Tokenizer.Load(result.Folder.TokenizerFile).Decode([.. ids.Select(id => (int)id)]), texts);
    }

    [Fact]
    public void Translations_of_others_are_read_by_number_and_checked_before_the_run()
    {
        using var folder = new TemporaryFolder();
        string table = folder.File("cmn.txt.gz");
        File.Copy(TestAssets.Require("datasets/zh_en_tatoeba/cmn.train.txt.gz"), table);
        Recipe recipe = Marian(folder, new() { Paths = [table], Validation = 0.01, Test = 0.01, Columns = new() { Source = "1", Target = "2", Format = TableFormat.Tsv } });
        recipe = recipe with { Training = recipe.Training with { Steps = 2 } };
        RunResult result = Start(recipe, folder.File("run"));
        CorpusStatistics corpus = result.Journal.Corpus;
        Assert.Equal(26240, corpus.Documents);
        Assert.Equal(26240 - corpus.Duplicates, corpus.Train.Documents + corpus.Validation.Documents + corpus.Test.Documents);
        Assert.True(double.IsFinite(result.Test.Loss));
        Assert.NotNull(RecipePreview.Of(recipe).Spec);
        Assert.Contains($"{table}, line 1: has no column 'zh'", Assert.Throws<InvalidDataException>(() =>
            RecipePreview.Of(recipe with { Text = recipe.Text with { Columns = new() { Source = "zh", Target = "en", Format = TableFormat.Tsv } } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_with_columns_is_written_as_it_is_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), "text:\n  paths: [a.csv]\n  columns: { source: 1, target: 2, format: json-lines, validation: [b.csv] }\ntraining: { steps: 1 }\n");
        Recipe recipe = RecipeFile.Read(folder.File("recipe.yaml"));
        Assert.Equal(("1", "2", TableFormat.JsonLines), (recipe.Text.Columns!.Source, recipe.Text.Columns.Target, recipe.Text.Columns.Format));
        RecipeFile.Write(folder.File("again.yaml"), recipe);
        string text = File.ReadAllText(folder.File("again.yaml"));
        Assert.Contains("format: json-lines", text, StringComparison.Ordinal);
        Assert.Equal(text, RecipeFile.Format(RecipeFile.Read(folder.File("again.yaml"))));
    }

    public static TheoryData<string, Func<TextRecipe, TextRecipe>> Impossible() => new()
    {
        { "text.columns.text is missing; give the column", text => text with { Columns = new() } },
        { "text.columns.target is missing; pairs have both", text => text with { Columns = new() { Source = "a" } } },
        { "text.columns.source is missing; pairs have both", text => text with { Columns = new() { Target = "a" } } },
        { "text.columns.text is a; text.columns.source or target is given too", text => text with { Columns = new() { Text = "a", Source = "b", Target = "c" } } },
        { "text.columns.source is a and 2; give two names", text => text with { Columns = new() { Source = "a", Target = "2" } } },
        { "text.columns.format is json-lines; keys of JSON have names", text => text with { Columns = new() { Text = "1", Format = TableFormat.JsonLines } } },
        { "text.columns.validation is missing; text.columns.test is given", text => text with { Columns = new() { Text = "a", Test = ["b"] } } },
        { "text.columns is given; text.paths names no tables", text => text with { Paths = [], Columns = new() { Text = "a" } } },
        { "text.columns is given; text.pairs is given too", text => text with { Pairs = new() { Source = "a", Target = "b" }, Columns = new() { Text = "a" } } },
        { "text.columns is given; rows are held out by hash", text => text with { Split = SplitKind.Tail, Columns = new() { Text = "a" } } },
        { "text.columns.source is a; objective causal reads one text", text => text with { Columns = new() { Source = "a", Target = "b" } } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Columns_that_contradict_themselves_are_refused_by_key(string expected, Func<TextRecipe, TextRecipe> change)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe with { Text = change(recipe.Text) }, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    private static Recipe Marian(TemporaryFolder folder, TextRecipe text)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        return recipe with { Text = text, Model = recipe.Model with { Architecture = "marian", Context = 48 } };
    }

    private static RunResult Start(Recipe recipe, string folder) => TrainingRun.Start(recipe, new(folder), new RunWatcher(), CancellationToken.None)!;
}
