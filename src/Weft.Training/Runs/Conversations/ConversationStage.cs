using System.Text;

using Weft.Data;
using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <summary>From conversations to shards of ids, as the model reads them, and where their answers are.</summary>
internal static class ConversationStage
{
    /// <summary>Makes tokenizer, chat template, shards and answers of a run.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="rows">Its conversations.</param>
    /// <param name="folder">Receives the files.</param>
    /// <param name="from">A tokenizer to use; null: one is trained. And the model to begin with.</param>
    /// <param name="stage">Announces each stage.</param>
    /// <param name="context">Who watches, and what ends it.</param>
    /// <exception cref="InvalidDataException">The template cannot be used, or rows are bad that are not to be left out.</exception>
    public static (Tokenizer Tokenizer, CorpusStatistics Statistics) Prepare(Recipe recipe, ConversationRows rows, RunFolder folder,
        (GivenTokenizer? Tokenizer, InitialModel? Initial) from, Action<string, string?> stage, (IRunObserver Observer, CancellationToken Token) context)
    {
        ChatTemplate template = RunChatTemplate.Write(recipe, from, folder.ChatFolder);
        string[] special = [CorpusStage.EndOfText, .. RunChatTemplate.SpecialTokensOf(recipe)];
        Corpus texts = rows.ToCorpus(conversation => TextOf(conversation, template, special));
        stage("Tokenizer", CorpusStage.Describe(recipe, from.Tokenizer));
        Tokenizer tokenizer = from.Tokenizer?.Tokenizer ?? CorpusStage.TrainTokenizer(recipe, [texts], context.Observer, context.Token);
        tokenizer.Save(folder.TokenizerFile);
        var encoder = new ConversationEncoder(template, tokenizer);
        int end = RunChatTemplate.FindEndOfTurn(recipe, tokenizer, encoder);
        context.Observer.Info($"chat template {recipe.Task!.Template ?? $"of {recipe.Training.InitFrom}"}; '{tokenizer.IdToToken(end)}' ends an answer");

        stage("Rows", "token ids and answers");
        EncodedRow[][] splits = [.. rows.Splits.Select(split => Encode(split, encoder, recipe, context.Token))];
        BadRow[] unfit = [.. splits.SelectMany(split => split).Select(row => row.Bad).OfType<BadRow>()];
        BadRow.Judge(unfit, recipe.Task.BadRows, rows.Read, context.Observer);
        string[] shards = [folder.Shards.Train, folder.Shards.Validation, folder.Shards.Test];
        foreach ((EncodedRow[] split, string shard) in splits.Zip(shards))
            Write(shard, [.. split.Where(row => row.Bad is null)], tokenizer.VocabularySize, CorpusStage.TokenizerHash(folder));
        Describe([.. splits.SelectMany(split => split).Where(row => row.Bad is null)], recipe, context.Observer);
        BadRow[] bad = [.. rows.Bad, .. unfit];
        if (bad.Length > 0)
            AtomicFile.WriteText(Path.Combine(folder.Path, LabelStage.BadRowsFile), string.Concat(bad.Select(row => $"{row.Source}\t{row.Problem}\n")));
        return (tokenizer, texts.Statistics);
    }

    /// <summary>What a tokenizer learns from: all that the template writes but special tokens, which are no text.</summary>
    private static string TextOf(Conversation conversation, ChatTemplate template, string[] special)
    {
        try
        {
            return special.Aggregate(template.Render(ConversationRows.MessagesOf(conversation)), (text, token) => text.Replace(token, "", StringComparison.Ordinal));
        }
        catch (ChatTemplateException)
        {
            // It is told with all other bad rows when the conversation is encoded.
            return string.Join('\n', conversation.Turns.Select(turn => turn.Text));
        }
    }

    private static EncodedRow[] Encode(IReadOnlyList<Conversation> split, ConversationEncoder encoder, Recipe recipe, CancellationToken cancellation)
    {
        var rows = new EncodedRow[split.Count];
        Parallel.For(0, rows.Length, new() { MaxDegreeOfParallelism = recipe.Threads!.Value, CancellationToken = cancellation }, i => rows[i] = Encode(split[i], encoder, recipe));
        return rows.FirstOrDefault(row => row.Fault is not null) is { Fault: { } fault } bad ? throw new InvalidDataException($"{bad.Answers.Row}: {fault.Message}", fault) : rows;
    }

    private static EncodedRow Encode(Conversation conversation, ConversationEncoder encoder, Recipe recipe)
    {
        var none = new EncodedRow([], new(conversation.Source, []), 0);
        AnsweredConversation whole;
        try
        {
            whole = encoder.EncodeAnswers(ConversationRows.MessagesOf(conversation), turn => conversation.Turns[turn].IsLearnt);
        }
        catch (Exception e) when (e is ArgumentException or ChatTemplateException)
        {
            return none with { Bad = new(conversation.Source, $"cannot be written: {e.Message}") };
        }
        catch (InvalidDataException e)
        {
            return none with { Fault = e };
        }
        (int[] ids, IReadOnlyList<Range> answers) = (whole.Tokens.Ids, whole.Answers);
        // The last token is predicted and not read.
        int most = recipe.Model.Context + 1, cut = Math.Max(0, ids.Length - most);
        if (cut > 0)
        {
            if (recipe.Task!.Truncate is not { } part)
                return none with { Bad = new(conversation.Source, FormattableString.Invariant($"has {ids.Length} tokens, but model.context {recipe.Model.Context} has room for {most}; raise that, or say with task.truncate what is cut out")) };
            int first = part == CutPart.Head ? cut : 0;
            ids = ids[first..(first + most)];
            answers = [.. answers.Select(answer => Math.Max(0, answer.Start.Value - first)..Math.Min(most, answer.End.Value - first)).Where(answer => answer.End.Value > Math.Max(1, answer.Start.Value))];
            if (answers.Count == 0)
                return none with { Bad = new(conversation.Source, FormattableString.Invariant($"has no answer any more once its {part.ToString().ToLowerInvariant()} is cut out to fit model.context {recipe.Model.Context}; raise that")) };
        }
        return new(ids, RowAnswers.Of(conversation.Source, answers), Encoding.UTF8.GetByteCount(whole.Text)) { IsCut = cut > 0, Joined = whole.Joined };
    }

    private static void Write(string path, IReadOnlyList<EncodedRow> rows, int vocabulary, string hash)
    {
        using var writer = TokenShardWriter.Create(path, vocabulary, hash);
        foreach (EncodedRow row in rows)
            writer.Add(row.Ids, row.Bytes);
        AnswerFile.Write(path, rows.Select(row => row.Answers));
        writer.Complete();
    }

    private static void Describe(EncodedRow[] rows, Recipe recipe, IRunObserver observer)
    {
        long tokens = rows.Sum(row => (long)row.Ids.Length), learnt = rows.Sum(row => row.Answers.Ranges().Sum(answer => (long)answer.End.Value - answer.Start.Value));
        observer.Info(FormattableString.Invariant($"{tokens:N0} tokens, of which {learnt:N0} are answers"));
        int cut = rows.Count(row => row.IsCut), joined = rows.Sum(row => row.Joined);
        if (cut > 0)
            observer.Info(FormattableString.Invariant($"{cut:N0} conversations are longer than model.context {recipe.Model.Context}; their {recipe.Task!.Truncate.ToString()!.ToLowerInvariant()} is cut out"));
        if (joined > 0)
            observer.Info(FormattableString.Invariant($"{joined:N0} answers begin inside a token that the chat template begins, which is not learnt"));
    }

    /// <summary>A conversation as the model reads it, or why it cannot.</summary>
    /// <param name="Ids">Its ids.</param>
    /// <param name="Answers">Where its answers are.</param>
    /// <param name="Bytes">Of its text.</param>
    private sealed record EncodedRow(int[] Ids, RowAnswers Answers, int Bytes)
    {
        public BadRow? Bad { get; init; }

        /// <summary>The template is at fault, and no row of it can be trusted.</summary>
        public InvalidDataException? Fault { get; init; }

        public bool IsCut { get; init; }

        public int Joined { get; init; }
    }
}
