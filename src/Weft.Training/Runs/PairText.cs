using System.Text;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Reads two texts whose lines correspond, and holds some pairs out.</summary>
internal static class PairText
{
    /// <summary>The sources and the targets; documents of one index are a pair.</summary>
    /// <param name="recipe">Where they are: in files whose lines correspond, or in two columns.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The files do not correspond; the message has both names and both counts.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static (Corpus Sources, Corpus Targets) Read(TextRecipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        // Between the two sides of a pair while they are one text: no line has it. Fields of tables may have several lines, but no NUL.
        char between = recipe.Pairs is null ? '\0' : '\n';
        List<TextDocument> train = recipe.Pairs is { } files
            ? Join(Lines(files.Source, files.Target, cancellation), $"{files.Source} and {files.Target}", observer)
            : OfColumns(recipe.Paths);
        bool given = recipe.Pairs is { } lines ? lines.Validation is not null : recipe.Columns!.Validation.Count > 0;
        Corpus corpus = CorpusBuilder.Build(train, new()
        {
            ValidationFraction = given ? 0 : recipe.Validation,
            TestFraction = given ? 0 : recipe.Test,
        }, cancellation);
        if (given)
            corpus = recipe.Pairs is { } held
                ? corpus with { Validation = Held(held.Validation), Test = Held(held.Test) }
                : corpus with { Validation = OfColumns(recipe.Columns!.Validation), Test = recipe.Columns.Test.Count > 0 ? OfColumns(recipe.Columns.Test) : [] };
        Corpus targets = Side(corpus, text => text[(text.IndexOf(between, StringComparison.Ordinal) + 1)..]);
        CorpusStatistics s = targets.Statistics;
        observer.Info(FormattableString.Invariant(
            $"{s.Train.Documents:N0} pairs to train, {s.Validation.Documents:N0} validation, {s.Test.Documents:N0} test; {s.Duplicates:N0} exact duplicates dropped"));
        return (Side(corpus, text => text[..text.IndexOf(between, StringComparison.Ordinal)]), targets);

        IReadOnlyList<TextDocument> Held(PairFilesRecipe? files) =>
            files is null ? [] : Join(Lines(files.Source, files.Target, cancellation), $"{files.Source} and {files.Target}", observer);

        List<TextDocument> OfColumns(IReadOnlyList<string> paths) =>
            Join(ColumnText.Rows(recipe.Columns!, paths, cancellation).Select(row => (row.Values[0], row.Values[1], row.Source)), string.Join(", ", paths), observer);

        List<TextDocument> Join(IEnumerable<(string Source, string Target, string Place)> sides, string name, IRunObserver observer)
        {
            var pairs = new List<TextDocument>();
            int empty = 0;
            foreach ((string source, string target, string place) in sides)
            {
                if (string.IsNullOrWhiteSpace(source) || string.IsNullOrWhiteSpace(target))
                    empty++;
                else
                    pairs.Add(new($"{source}{between}{target}", place));
            }
            if (pairs.Count == 0)
                throw new InvalidDataException($"{name} hold no pair; give files with texts on both sides");
            if (empty > 0)
                observer.Info(FormattableString.Invariant($"{empty:N0} pairs of {name} have an empty side and are left out"));
            return pairs;
        }
    }

    /// <summary>Asks whether the files are there.</summary>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static void CheckFiles(PairsRecipe pairs)
    {
        foreach (string path in new[] { pairs.Source, pairs.Target, pairs.Validation?.Source, pairs.Validation?.Target, pairs.Test?.Source, pairs.Test?.Target }.OfType<string>())
            TextFiles.Expand([path]);
    }

    private static IEnumerable<(string Source, string Target, string Place)> Lines(string source, string target, CancellationToken cancellation)
    {
        (IReadOnlyList<string> sources, IReadOnlyList<string> targets) = (TextFiles.Expand([source]), TextFiles.Expand([target]));
        if (sources.Count != targets.Count)
            throw new InvalidDataException($"{source} stands for {sources.Count} files, but {target} for {targets.Count}; give files that correspond");
        foreach ((string left, string right) in sources.Zip(targets))
        {
            string[] first = [.. LinesOf(left, cancellation)], second = [.. LinesOf(right, cancellation)];
            if (first.Length != second.Length)
                throw new InvalidDataException(FormattableString.Invariant(
                    $"{left} has {first.Length} lines, but {right} has {second.Length}; give two files whose lines correspond"));
            for (int i = 0; i < first.Length; i++)
                yield return (first[i], second[i], FormattableString.Invariant($"{left}#{i + 1}"));
        }
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
