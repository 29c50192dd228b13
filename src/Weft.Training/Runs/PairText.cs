using System.Text;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Reads two texts whose lines correspond, and holds some pairs out.</summary>
internal static class PairText
{
    /// <summary>Between the two sides of a pair while they are one text: no line has it.</summary>
    private const char Between = '\n';

    /// <summary>The sources and the targets; documents of one index are a pair.</summary>
    /// <param name="recipe">Where they are.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The files do not correspond; the message has both names and both counts.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static (Corpus Sources, Corpus Targets) Read(TextRecipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        PairsRecipe pairs = recipe.Pairs!;
        List<TextDocument> train = Lines(pairs.Source, pairs.Target, observer, cancellation);
        bool given = pairs.Validation is not null;
        Corpus corpus = CorpusBuilder.Build(train, new()
        {
            ValidationFraction = given ? 0 : recipe.Validation,
            TestFraction = given ? 0 : recipe.Test,
        }, cancellation);
        if (given)
            corpus = corpus with { Validation = Held(pairs.Validation), Test = Held(pairs.Test) };
        Corpus targets = Side(corpus, text => text[(text.IndexOf(Between, StringComparison.Ordinal) + 1)..]);
        CorpusStatistics s = targets.Statistics;
        observer.Info(FormattableString.Invariant(
            $"{s.Train.Documents:N0} pairs to train, {s.Validation.Documents:N0} validation, {s.Test.Documents:N0} test; {s.Duplicates:N0} exact duplicates dropped"));
        return (Side(corpus, text => text[..text.IndexOf(Between, StringComparison.Ordinal)]), targets);

        IReadOnlyList<TextDocument> Held(PairFilesRecipe? files) => files is null ? [] : Lines(files.Source, files.Target, observer, cancellation);
    }

    /// <summary>Asks whether the files are there.</summary>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static void CheckFiles(PairsRecipe pairs)
    {
        foreach (string path in new[] { pairs.Source, pairs.Target, pairs.Validation?.Source, pairs.Validation?.Target, pairs.Test?.Source, pairs.Test?.Target }.OfType<string>())
            TextFiles.Expand([path]);
    }

    private static List<TextDocument> Lines(string source, string target, IRunObserver observer, CancellationToken cancellation)
    {
        (IReadOnlyList<string> sources, IReadOnlyList<string> targets) = (TextFiles.Expand([source]), TextFiles.Expand([target]));
        if (sources.Count != targets.Count)
            throw new InvalidDataException($"{source} stands for {sources.Count} files, but {target} for {targets.Count}; give files that correspond");
        var pairs = new List<TextDocument>();
        int empty = 0;
        foreach ((string left, string right) in sources.Zip(targets))
        {
            string[] first = [.. LinesOf(left, cancellation)], second = [.. LinesOf(right, cancellation)];
            if (first.Length != second.Length)
                throw new InvalidDataException(FormattableString.Invariant(
                    $"{left} has {first.Length} lines, but {right} has {second.Length}; give two files whose lines correspond"));
            for (int i = 0; i < first.Length; i++)
            {
                if (string.IsNullOrWhiteSpace(first[i]) || string.IsNullOrWhiteSpace(second[i]))
                    empty++;
                else
                    pairs.Add(new($"{first[i]}{Between}{second[i]}", FormattableString.Invariant($"{left}#{i + 1}")));
            }
        }
        if (pairs.Count == 0)
            throw new InvalidDataException($"{source} and {target} hold no pair; give files with one text a line");
        if (empty > 0)
            observer.Info(FormattableString.Invariant($"{empty:N0} pairs of {source} and {target} have an empty side and are left out"));
        return pairs;
    }

    private static IEnumerable<string> LinesOf(string file, CancellationToken cancellation)
    {
        foreach (TextDocument document in TextFiles.ReadWhole([file], cancellation))
        {
            using var reader = new StringReader(document.Text);
            while (reader.ReadLine() is { } line)
                yield return line;
        }
    }

    private static Corpus Side(Corpus pairs, Func<string, string> side)
    {
        IReadOnlyList<TextDocument>[] splits = [.. new[] { pairs.Train, pairs.Validation, pairs.Test }
            .Select(split => (IReadOnlyList<TextDocument>)[.. split.Select(pair => pair with { Text = side(pair.Text) })])];
        SplitStatistics[] sizes = [.. splits.Select(split => new SplitStatistics(
            split.Count, split.Sum(text => (long)text.Text.Length), split.Sum(text => (long)Encoding.UTF8.GetByteCount(text.Text))))];
        return new(splits[0], splits[1], splits[2], new(pairs.Statistics.Documents, pairs.Statistics.Duplicates, sizes[0], sizes[1], sizes[2]));
    }
}
