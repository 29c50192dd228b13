using System.Text;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Reads text from columns of tables.</summary>
internal static class ColumnText
{
    /// <summary>Each row is a document.</summary>
    /// <param name="recipe">Which files and which column.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">A column is missing, or a row is wrong; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static Corpus Read(TextRecipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        ColumnsRecipe columns = recipe.Columns!;
        bool given = columns.Validation.Count > 0;
        Corpus corpus = CorpusBuilder.Build(Documents(recipe.Paths), new()
        {
            ValidationFraction = given ? 0 : recipe.Validation,
            TestFraction = given ? 0 : recipe.Test,
        }, cancellation);
        if (!given)
            return corpus;
        (TextDocument[] validation, TextDocument[] test) = ([.. Documents(columns.Validation)], [.. Documents(columns.Test)]);
        return corpus with { Validation = validation, Test = test, Statistics = corpus.Statistics with { Validation = Measure(validation), Test = Measure(test) } };

        IEnumerable<TextDocument> Documents(IReadOnlyList<string> paths)
        {
            int texts = 0, empty = 0;
            foreach (TableRow row in Rows(columns, paths, cancellation))
            {
                if (string.IsNullOrWhiteSpace(row.Values[0]))
                {
                    empty++;
                    continue;
                }
                texts++;
                yield return new(row.Values[0], row.Source);
            }
            if (texts == 0 && paths.Count > 0)
                throw new InvalidDataException($"{string.Join(", ", paths)} hold no text in column '{columns.Text}'; give files with some");
            if (empty > 0)
                observer.Info(FormattableString.Invariant($"{empty:N0} rows of {string.Join(", ", paths)} have an empty text and are left out"));
        }
    }

    /// <summary>The asked columns of each row.</summary>
    public static IEnumerable<TableRow> Rows(ColumnsRecipe columns, IReadOnlyList<string> paths, CancellationToken cancellation) =>
        TableFiles.Read(TextFiles.Expand(paths), columns.Names, columns.Format, ct: cancellation);

    /// <summary>Asks whether the files are there and have the columns.</summary>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    /// <exception cref="InvalidDataException">A column is missing.</exception>
    public static void CheckFiles(TextRecipe recipe)
    {
        foreach (string file in TextFiles.Expand([.. recipe.Paths, .. recipe.Columns!.Validation, .. recipe.Columns.Test]))
            _ = TableFiles.Read([file], recipe.Columns.Names, recipe.Columns.Format).FirstOrDefault()
                ?? throw new InvalidDataException($"{file}: the table has no row; fill it or leave it out");
    }

    private static SplitStatistics Measure(TextDocument[] documents) =>
        new(documents.Length, documents.Sum(document => (long)document.Text.Length), documents.Sum(document => (long)Encoding.UTF8.GetByteCount(document.Text)));
}
