using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Which columns of tables are read. A column is a name of the first line, or a number from 1 where that is no line of names; of JSON lines it is a key.</summary>
public sealed record ColumnsRecipe
{
    /// <summary>The column of texts, each a document.</summary>
    public string? Text { get; init; }

    /// <summary>Of pairs, the column that the encoder reads.</summary>
    public string? Source { get; init; }

    /// <summary>Of pairs, the column that the decoder is to answer.</summary>
    public string? Target { get; init; }

    /// <summary>How the files are written; where left out, their names say it (.tsv, .tab, .csv, .jsonl, .ndjson, also with .gz), or their first bytes that they are Parquet.</summary>
    public TableFormat? Format { get; init; }

    /// <summary>Files and globs that steer training; where there are none, some rows of the others are held out.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Files and globs that are looked at once, at the end; with validation files and without these, the validation files.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>What is read, in this order.</summary>
    internal IReadOnlyList<string> Names => Text is not null ? [Text] : [Source!, Target!];

    internal void Check(Recipe recipe)
    {
        Require(recipe.Text.Pairs is null, "", "given", "text.pairs is given too; choose one of them");
        Require(recipe.Data.Count == 0, "", "given", "data is given, which has no columns; leave it out");
        Require(recipe.Text.Paths.Count > 0, "", "given", "text.paths names no tables; give them");
        Require(recipe.Text.Split == SplitKind.Hash, "", "given", "rows are held out by hash; choose text.split: hash");
        Require(Text is not null || Source is not null || Target is not null, ".text", null, "give the column of the text, or source and target");
        Require(Text is null || (Source is null && Target is null), ".text", Text, "text.columns.source or target is given too; give one text, or two for pairs");
        Require(Source is null == Target is null, Source is null ? ".source" : ".target", null, "pairs have both; give the other column too");
        Require(Test.Count == 0 || Validation.Count > 0, ".validation", null, "text.columns.test is given; give validation files too");
        bool numbered = Names.All(TableFiles.IsNumber);
        Require(numbered || !Names.Any(TableFiles.IsNumber), Text is null ? ".source" : ".text", string.Join(" and ", Names), "give two names of the first line, or two numbers where it is no line of names");
        Require(!numbered || !TableFiles.HasKeys(Format), ".format", Format == TableFormat.Parquet ? "parquet" : "json-lines", "keys of JSON have names, and so have columns of Parquet, but here columns are numbers; give names");
    }

    private static void Require(bool valid, string key, object? value, string remedy) => RecipeCheck.Require(valid, $"text.columns{key}", value, remedy);
}
