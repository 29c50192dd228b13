using System.Collections.Concurrent;
using System.Text;

using Weft.Data;
using Weft.Text;
using Weft.Training.Objectives;

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
        Recipe recipe, LabelledRows rows, RunFolder folder, (GivenTokenizer? Tokenizer, int Segments) from, Action<string, string?> stage, (IRunObserver Observer, CancellationToken Token) context)
    {
        (Corpus texts, Corpus? pairs) = rows.ToCorpora();
        stage("Tokenizer", CorpusStage.Describe(recipe, from.Tokenizer));
        Tokenizer tokenizer = from.Tokenizer?.Tokenizer ?? CorpusStage.TrainTokenizer(recipe, pairs is null ? [texts] : [texts, pairs], context.Observer, context.Token);
        tokenizer.Save(folder.TokenizerFile);
        RequireSeparation(recipe.Task!, tokenizer);

        stage("Rows", "token ids and labels");
        var encoder = new RowEncoder(tokenizer, recipe.Task!, recipe.Model.Context, from.Segments);
        string[] shards = [folder.Shards.Train, folder.Shards.Validation, folder.Shards.Test];
        EncodedRow[][] splits = [.. rows.Splits.Select(split => encoder.Encode(split, recipe.Threads!.Value, context.Token))];
        BadRow[] unfit = [.. splits.SelectMany(split => split).Select(row => row.Bad).OfType<BadRow>()];
        BadRow.Judge(unfit, recipe.Task!.BadRows, rows.Read, context.Observer);
        foreach ((EncodedRow[] split, string shard) in splits.Zip(shards))
            Write(shard, [.. split.Where(row => row.Bad is null)], tokenizer.VocabularySize, CorpusStage.TokenizerHash(folder));
        if (encoder.Cut > 0)
            context.Observer.Info(FormattableString.Invariant(
                $"{encoder.Cut:N0} texts are longer than model.context {recipe.Model.Context}; their {recipe.Task.Truncate.ToString()!.ToLowerInvariant()} is cut out"));
        BadRow[] bad = [.. rows.Bad, .. unfit];
        if (bad.Length > 0)
            AtomicFile.WriteText(Path.Combine(folder.Path, BadRowsFile), string.Concat(bad.Select(row => $"{row.Source}\t{row.Problem}\n")));
        return (tokenizer, texts.Statistics);
    }

    private static void RequireSeparation(TaskRecipe task, Tokenizer tokenizer)
    {
        if (task.Pair is not null && tokenizer.EncodePair("a", "b").Sequences.All(sequence => sequence >= 0))
            throw new InvalidDataException("task.pair is given, but the tokenizer puts no token between two texts, so that a model could not tell them apart; begin with a model whose tokenizer does, or join both columns into one");
    }

    private static void Write(string path, IReadOnlyList<EncodedRow> rows, int vocabulary, string hash)
    {
        using var writer = TokenShardWriter.Create(path, vocabulary, hash);
        foreach (EncodedRow row in rows)
            writer.Add(row.Ids, row.Bytes);
        LabelFile.Write(path, rows.Select(row => row.Labels));
        writer.Complete();
    }

    /// <summary>A row as the model reads it, or why it cannot.</summary>
    private sealed record EncodedRow(int[] Ids, RowLabels Labels, int Bytes, BadRow? Bad);

    private sealed class RowEncoder(Tokenizer tokenizer, TaskRecipe task, int context, int segments)
    {
        private readonly Dictionary<string, int> _labels = task.Labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        private int _cut;

        /// <summary>Texts that were too long.</summary>
        public int Cut => _cut;

        public EncodedRow[] Encode(IReadOnlyList<LabelledRow> rows, int threads, CancellationToken cancellation)
        {
            var encoded = new EncodedRow[rows.Count];
            Parallel.ForEach(Partitioner.Create(0, Math.Max(1, rows.Count)), new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, range =>
            {
                for (int i = range.Item1; i < Math.Min(rows.Count, range.Item2); i++)
                    encoded[i] = Encode(rows[i]);
            });
            return encoded;
        }

        private EncodedRow Encode(LabelledRow row)
        {
            EncodedText text = row.Pair is null ? tokenizer.Encode(row.Text) : tokenizer.EncodePair(row.Text, row.Pair);
            BadRow? bad = text.Ids.Length == 0 ? new(row.Source, "has a text that the tokenizer makes no token of")
                : text.Ids.Length > context && task.Truncate is null
                    ? new(row.Source, FormattableString.Invariant($"has {text.Ids.Length} tokens, more than model.context {context}; raise that, or say with task.truncate what is cut out"))
                : null;
            if (bad is null && text.Ids.Length > context)
            {
                Interlocked.Increment(ref _cut);
                text = text.Without(task.Truncate!.Value, context);
            }
            int second = segments > 1 ? Array.IndexOf(text.TypeIds, 1) : -1;
            var labels = new RowLabels(row.Source)
            {
                Labels = task.Says == LabelKind.Number ? [] : [.. row.LabelsBy(task.Separator).Select(label => _labels[label]).Order()],
                Value = task.Says == LabelKind.Number ? row.Number : null,
                Second = second < 0 ? null : second,
            };
            return new(text.Ids, labels, Encoding.UTF8.GetByteCount(row.Text) + Encoding.UTF8.GetByteCount(row.Pair ?? ""), bad);
        }
    }
}
