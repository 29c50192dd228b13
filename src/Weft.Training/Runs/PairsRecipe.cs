namespace Weft.Training.Runs;

/// <summary>Two texts whose lines correspond, such as sentences and their translations.</summary>
public sealed record PairsRecipe
{
    /// <summary>What the encoder reads: a file, a folder or a glob, plain or .gz, one text a line.</summary>
    public string Source { get; init; } = "";

    /// <summary>What the decoder is to answer, line by line.</summary>
    public string Target { get; init; } = "";

    /// <summary>Pairs that steer training; where left out, some of the others are held out.</summary>
    public PairFilesRecipe? Validation { get; init; }

    /// <summary>Pairs that are looked at once, at the end; with validation pairs and without these, the validation pairs.</summary>
    public PairFilesRecipe? Test { get; init; }

    internal void Check()
    {
        Require(Source, "source");
        Require(Target, "target");
        Validation?.Check("validation");
        Test?.Check("test");
        RecipeCheck.Require(Test is null || Validation is not null, "text.pairs.validation", null, "text.pairs.test is given; give validation pairs too");
    }

    internal static void Require(string path, string key) =>
        RecipeCheck.Require(path.Length > 0, $"text.pairs.{key}", null, "give a file with one text a line, or a glob");
}

/// <summary>Files of held-out pairs.</summary>
public sealed record PairFilesRecipe
{
    /// <summary>What the encoder reads: a file, a folder or a glob, plain or .gz, one text a line.</summary>
    public string Source { get; init; } = "";

    /// <summary>What the decoder is to answer, line by line.</summary>
    public string Target { get; init; } = "";

    internal void Check(string key)
    {
        PairsRecipe.Require(Source, $"{key}.source");
        PairsRecipe.Require(Target, $"{key}.target");
    }
}
