using Weft.Training.Baselines;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class NearestPairBaselineTests
{
    /// <summary>A sum of some hundred products in single precision.</summary>
    private const double Rounding = 1e-5;

    /// <summary>No source is nearer than the one that answered, by cosines of n-grams that are counted by their text and in double precision.</summary>
    [Fact]
    public void The_nearest_source_answers()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        string[] words = ["a", "man", "woman", "dog", "rides", "eats", "bike", "apple", "the", "red", "two", "children"];
        string[] texts = [.. Enumerable.Range(0, 700).Select(_ => string.Join(' ', Enumerable.Range(0, 3 + random.Next(5)).Select(_ => words[random.Next(words.Length)])))];
        Recipe recipe = Of(folder, texts[..600].Select((text, i) => (text, $"target {i}")), texts[600..].Select((text, i) => (text, $"wanted {i}")));
        NearestPairResult result = NearestPairBaseline.Run(recipe, new RunWatcher(), CancellationToken.None);
        Assert.Equal(texts[600..], result.Sources);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"wanted {i}"), result.Targets);
        Dictionary<string, double>[] vectors = Vectors(texts[..600], texts);
        for (int row = 0; row < 100; row++)
        {
            double[] cosines = [.. vectors[..600].Select(vector => Cosine(vector, vectors[600 + row]))];
            int answered = int.Parse(result.Answers[row].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(cosines[answered], cosines.Max() - Rounding, double.PositiveInfinity);
            // Of equal texts the first.
            Assert.Equal(Array.IndexOf(texts, texts[answered]), answered);
        }
        Assert.Equal(result.Answers, NearestPairBaseline.Run(recipe, new RunWatcher(), CancellationToken.None).Answers);
    }

    [Fact]
    public void A_source_that_was_learnt_has_its_own_target_and_is_counted()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, [("one dog", "ein Hund"), ("one cat", "eine Katze"), ("one cat", "ein Kater")], [("one cat", "x"), ("ONE DOG", "y"), ("一", "z")]);
        var watcher = new RunWatcher();
        // What shares nothing with any source is equally far from all.
        Assert.Equal(["eine Katze", "ein Hund", "ein Hund"], NearestPairBaseline.Run(recipe, watcher, CancellationToken.None).Answers);
        Assert.Contains("the sources of 1 of 3 held-out pairs are sources of training pairs too", watcher.Lines);
    }

    [Fact]
    public void The_test_pairs_are_those_of_a_run()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.tsv"), Enumerable.Range(0, 400).Select(i => $"number {i}\tZahl {i}"));
        var text = new TextRecipe { Paths = [folder.File("a.tsv")], Validation = 0.2, Test = 0.1, Columns = new() { Source = "1", Target = "2" } };
        NearestPairResult result = NearestPairBaseline.Run(new() { Text = text }, new RunWatcher(), CancellationToken.None);
        (Data.Corpus sources, Data.Corpus targets) = PairText.Read(text, new RunWatcher(), CancellationToken.None);
        Assert.Equal(sources.Test.Select(source => source.Text), result.Sources);
        Assert.Equal(targets.Test.Select(target => target.Text), result.Targets);
        Assert.InRange(result.Targets.Count, 1, 100);
        Assert.All(result.Answers, answer => Assert.Contains(answer, targets.Train.Select(target => target.Text)));
    }

    public static TheoryData<string, Func<TextRecipe, TextRecipe>> Impossible() => new()
    {
        { "text.pairs is missing; the nearest neighbour answers with targets of pairs", text => text with { Pairs = null } },
        { "text.pairs.target is missing", text => text with { Pairs = text.Pairs! with { Target = "" } } },
        { "text.paths is given; text.pairs is given too", text => text with { Paths = ["a.txt"] } },
        { "text.test is 0.7", text => text with { Test = 0.7 } },
        { "all pairs are held out", text => text with { Pairs = text.Pairs! with { Validation = null }, Validation = 0.5, Test = 0.5 } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void What_cannot_be_compared_is_refused(string expected, Func<TextRecipe, TextRecipe> change)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, [("a", "b"), ("c", "d"), ("e", "f")], [("a", "b")]);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() =>
            NearestPairBaseline.Run(recipe with { Text = change(recipe.Text) }, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    private static Recipe Of(TemporaryFolder folder, IEnumerable<(string Source, string Target)> train, IEnumerable<(string Source, string Target)> held)
    {
        foreach ((string name, (string Source, string Target)[] pairs) in new[] { ("train", train.ToArray()), ("held", held.ToArray()) })
        {
            File.WriteAllLines(folder.File($"{name}.source"), pairs.Select(pair => pair.Source));
            File.WriteAllLines(folder.File($"{name}.target"), pairs.Select(pair => pair.Target));
        }
        PairFilesRecipe validation = new() { Source = folder.File("held.source"), Target = folder.File("held.target") };
        return new() { Text = new() { Pairs = new() { Source = folder.File("train.source"), Target = folder.File("train.target"), Validation = validation } } };
    }

    /// <summary>(1 + ln tf)·idf of words, pairs of words and runs of 1 to 4 characters, of length 1.</summary>
    private static Dictionary<string, double>[] Vectors(string[] train, string[] texts)
    {
        Dictionary<string, int> documents = train.SelectMany(text => Grams(text).Distinct()).CountBy(gram => gram).ToDictionary();
        return [.. texts.Select(text =>
        {
            Dictionary<string, double> vector = Grams(text).CountBy(gram => gram).ToDictionary(
                gram => gram.Key, gram => (1 + Math.Log(gram.Value)) * (Math.Log((1.0 + train.Length) / (1 + documents.GetValueOrDefault(gram.Key))) + 1));
            double length = Math.Sqrt(vector.Values.Sum(value => value * value));
            return vector.ToDictionary(gram => gram.Key, gram => gram.Value / length);
        })];
    }

    private static IEnumerable<string> Grams(string text)
    {
        string[] words = text.Split(' ');
        return words.Select(word => $"word {word}").Concat(words.Zip(words.Skip(1), (first, second) => $"words {first} {second}"))
            .Concat(Enumerable.Range(1, 4).SelectMany(length => Enumerable.Range(0, Math.Max(0, text.Length - length + 1)).Select(start => $"run {text.Substring(start, length)}")));
    }

    private static double Cosine(Dictionary<string, double> one, Dictionary<string, double> other) => one.Sum(gram => gram.Value * other.GetValueOrDefault(gram.Key));
}
