using Weft.Data;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>From labelled rows to shards of ids, as the model reads them, and their labels.</summary>
internal static class LabelStage
{
    /// <summary>Name of the list of rows that are left out.</summary>
    public const string BadRowsFile = "bad-rows.txt";

    /// <summary>Segments that a run's model tells apart.</summary>
    public static int SegmentsOf(Recipe resolved, InitialModel? initial) => (initial?.Spec ?? Derivation.ToSpec(resolved, vocabularySize: 1)).Embedding.TokenTypes;

    /// <summary>Makes tokenizer, shards and labels of a run.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="folder">Receives the files.</param>
    /// <param name="from">A tokenizer to use; null: one is trained. And the segments that the model knows.</param>
    /// <param name="stage">Announces each stage.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    /// <exception cref="InvalidDataException">Texts are too long, and are neither to be cut nor to be left out.</exception>
    public static (Tokenizer Tokenizer, CorpusStatistics Statistics) Prepare(
        Recipe recipe, ITaskRows rows, RunFolder folder, (GivenTokenizer? Tokenizer, int Segments) from, Action<string, string?> stage, (IRunObserver Observer, CancellationToken Token) context)
    {
        (Corpus texts, Corpus? pairs) = rows.ToCorpora();
        stage("Tokenizer", CorpusStage.Describe(recipe, from.Tokenizer));
        Tokenizer tokenizer = from.Tokenizer?.Tokenizer ?? CorpusStage.TrainTokenizer(recipe, pairs is null ? [texts] : [texts, pairs], context.Observer, context.Token);
        tokenizer.Save(folder.TokenizerFile);
        rows.CheckTokenizer(tokenizer);

        stage("Rows", "token ids and labels");
        string[] shards = [folder.Shards.Train, folder.Shards.Validation, folder.Shards.Test];
        EncodedRow[][] splits = rows.Encode(tokenizer, recipe, from.Segments, context);
        BadRow[] unfit = [.. splits.SelectMany(split => split).Select(row => row.Bad).OfType<BadRow>()];
        BadRow.Judge(unfit, recipe.Task!.BadRows, rows.Read, context.Observer);
        foreach ((EncodedRow[] split, string shard) in splits.Zip(shards))
            Write(shard, [.. split.Where(row => row.Bad is null)], tokenizer.VocabularySize, CorpusStage.TokenizerHash(folder));
        rows.Keep(folder, unfit.Select(row => row.Source).ToHashSet());
        BadRow[] bad = [.. rows.Bad, .. unfit];
        if (bad.Length > 0)
            AtomicFile.WriteText(Path.Combine(folder.Path, BadRowsFile), string.Concat(bad.Select(row => $"{row.Source}\t{row.Problem}\n")));
        return (tokenizer, pairs is null ? texts.Statistics : Both(texts.Statistics, pairs.Statistics));
    }

    /// <summary>As many rows as there are, with the characters and bytes of both texts of each.</summary>
    private static CorpusStatistics Both(CorpusStatistics texts, CorpusStatistics pairs)
    {
        return texts with { Train = Sum(texts.Train, pairs.Train), Validation = Sum(texts.Validation, pairs.Validation), Test = Sum(texts.Test, pairs.Test) };

        static SplitStatistics Sum(SplitStatistics text, SplitStatistics pair) =>
            text with { Characters = text.Characters + pair.Characters, Bytes = text.Bytes + pair.Bytes };
    }

    private static void Write(string path, IReadOnlyList<EncodedRow> rows, int vocabulary, string hash)
    {
        using var writer = TokenShardWriter.Create(path, vocabulary, hash);
        foreach (EncodedRow row in rows)
            writer.Add(row.Ids, row.Bytes);
        LabelFile.Write(path, rows.Select(row => row.Labels));
        writer.Complete();
    }
}
