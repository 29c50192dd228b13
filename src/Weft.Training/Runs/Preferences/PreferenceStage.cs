using System.Text.Json.Nodes;

using Weft.Data;
using Weft.Model.Checkpoints;
using Weft.Text;
using Weft.Text.Chat;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>From rows with a prompt and two answers to shards of ids, and to what the model that training begins with thinks of them.</summary>
internal static class PreferenceStage
{
    /// <summary>Makes tokenizer and shards of a run.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="folder">Receives the files.</param>
    /// <param name="from">The model to begin with, and its tokenizer.</param>
    /// <param name="stage">Announces each stage.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    /// <exception cref="InvalidDataException">A column is missing, or rows cannot be used and are not to be left out; the message names file and line.</exception>
    public static (Tokenizer Tokenizer, CorpusStatistics Statistics) Prepare(
        Recipe recipe, RunFolder folder, (GivenTokenizer? Tokenizer, InitialModel Model) from, Action<string, string?> stage, (IRunObserver Observer, CancellationToken Token) context)
    {
        TaskRecipe task = recipe.Task!;
        GivenTokenizer given = from.Tokenizer ?? throw new InvalidDataException($"training.init-from {from.Model.Source} has no tokenizer; give the one that it was trained with as tokenizer.file");
        PreferenceRows rows = PreferenceRows.Of(task, context.Observer, context.Token);
        stage("Tokenizer", given.Source);
        given.Tokenizer.Save(folder.TokenizerFile);

        ChatTemplate? template = TemplateOf(from.Model.Source);
        stage("Rows", template is null ? "token ids" : "token ids, by the model's chat template");
        var encoder = new AnswerEncoder(given.Tokenizer, template, task.UsedLeadIn, given.EndOfTextId);
        EncodedPair[][] splits = [.. rows.Splits.Select(split => split.AsParallel().AsOrdered().WithCancellation(context.Token).WithDegreeOfParallelism(recipe.Threads!.Value)
            .Select(row => Encode(row, encoder, recipe.Model.Context)).ToArray())];
        BadRow[] unfit = [.. splits.SelectMany(split => split).Select(pair => pair.Bad).OfType<BadRow>()];
        BadRow.Judge(unfit, task.BadRows, rows.Read, context.Observer);
        if (splits[..2].Any(split => split.All(pair => pair.Bad is not null)))
            throw new InvalidDataException($"none of the preferences to learn from, or of those to validate with, can be used; the first: {unfit[0].Source} {unfit[0].Problem}");
        foreach ((EncodedPair[] split, string shard) in splits.Zip(Shards(folder)))
            Write(shard, [.. split.Where(pair => pair.Bad is null)], given.Tokenizer.VocabularySize, CorpusStage.TokenizerHash(folder));
        BadRow[] bad = [.. rows.Bad, .. unfit];
        if (bad.Length > 0)
            AtomicFile.WriteText(Path.Combine(folder.Path, LabelStage.BadRowsFile), string.Concat(bad.Select(row => $"{row.Source}\t{row.Problem}\n")));
        return (given.Tokenizer, rows.Statistics);
    }

    /// <summary>Computes the log-probabilities of all answers under the model as it is now, and keeps them in the run's folder, so that no second model is needed while it is trained.</summary>
    /// <param name="folder">Has the shards.</param>
    /// <param name="model">The model that training begins with.</param>
    /// <param name="plan">Rows of a pass, their length and the precision.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    public static void WriteReferences(RunFolder folder, TrainableModel model, TrainingPlan plan, (IRunObserver Observer, CancellationToken Token) context)
    {
        Precision precision = plan.Precision.Resolve(plan.Device.IsCuda);
        string digest = model.Digest();
        foreach (string path in Shards(folder))
        {
            using TokenShard shard = TokenShard.Open(path);
            var examples = new PreferenceExamples(shard, plan.ContextLength);
            var references = new PreferenceFile.Reference[examples.Count];
            // Rows of like length together, as in training.
            foreach (int[] pass in Enumerable.Range(0, references.Length).OrderBy(i => Make(i).LongestRow).Chunk(plan.WindowsPerPass))
            {
                context.Token.ThrowIfCancellationRequested();
                TrainingBatch batch = new RowLayout(Arrangement.Padded).Lay([.. pass.Select(i => new[] { Make(i) })], examples.Size);
                double[] sums = RowLogProbabilities.Compute(model, batch, precision);
                if (!sums.All(double.IsFinite))
                    throw new InvalidDataException("the model that training begins with gives answers no finite log-probability; it is damaged, or its numbers overflow in this precision");
                foreach ((int i, int at) in pass.Select((i, at) => (i, at)))
                    references[i] = new(sums[2 * at], sums[(2 * at) + 1]);
                context.Observer.Progress("answers under the model to begin with", references.LongCount(reference => reference is not null), references.Length);
            }
            PreferenceFile.WriteReference(path, digest, precision, references);

            Example Make(int i) => examples.Make(i, new(0, 0, i));
        }
    }

    /// <summary>The chat template of a model, wherever it is kept; null where it has none.</summary>
    private static ChatTemplate? TemplateOf(string source)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("weft-template-");
        try
        {
            using (InitialSource model = InitialSource.Open(source))
                model.CopyFiles(folder.FullName);
            string config = Path.Combine(folder.FullName, CompanionFile.TokenizerConfig);
            bool has = new[] { CompanionFile.ChatTemplate, "chat_template.json" }.Any(name => File.Exists(Path.Combine(folder.FullName, name)))
                || (File.Exists(config) && JsonNode.Parse(File.ReadAllText(config))?["chat_template"] is not null);
            return has ? ChatTemplate.Load(folder.FullName) : null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string[] Shards(RunFolder folder) => [folder.Shards.Train, folder.Shards.Validation, folder.Shards.Test];

    private static void Write(string path, IReadOnlyList<EncodedPair> pairs, int vocabulary, string hash)
    {
        using var writer = TokenShardWriter.Create(path, vocabulary, hash);
        foreach (EncodedPair pair in pairs)
        {
            writer.Add(pair.Chosen.Ids, pair.Bytes);
            writer.Add(pair.Rejected.Ids, 0);
        }
        PreferenceFile.Write(path, pairs.Select(pair => new PreferencePlace(pair.Row, pair.Chosen.Prompt, pair.Rejected.Prompt)));
        writer.Complete();
    }

    /// <summary>A row as the model reads it, or why it cannot.</summary>
    private sealed record EncodedPair(string Row, EncodedAnswer Chosen, EncodedAnswer Rejected, int Bytes, BadRow? Bad);

    private static EncodedPair Encode(PreferenceRow row, AnswerEncoder encoder, int context)
    {
        (EncodedAnswer chosen, string? problem) = encoder.Encode(row.Prompt, row.Chosen);
        (EncodedAnswer rejected, string? other) = encoder.Encode(row.Prompt, row.Rejected);
        problem ??= other ?? ProblemOf(chosen, "chosen", context) ?? ProblemOf(rejected, "rejected", context)
            ?? (chosen.Ids.AsSpan().SequenceEqual(rejected.Ids) ? "has two answers of the same tokens, so that it prefers nothing" : null);
        return new(row.Source, chosen, rejected, row.Bytes, problem is null ? null : new(row.Source, problem));
    }

    private static string? ProblemOf(EncodedAnswer answer, string name, int context) =>
        answer.Prompt == 0 ? "has a prompt that the tokenizer makes no token of"
        : answer.Prompt >= answer.Ids.Length ? $"has a {name} answer that the tokenizer makes no token of"
        : answer.Prompt > context ? FormattableString.Invariant($"has a prompt of {answer.Prompt} tokens, more than model.context {context}; raise that, or leave such rows out with task.bad-rows: skip")
        : answer.Ids.Length - 1 > context ? FormattableString.Invariant($"has {answer.Ids.Length} tokens with its {name} answer, more than model.context {context} and one; raise that, or leave such rows out with task.bad-rows: skip")
        : null;
}
