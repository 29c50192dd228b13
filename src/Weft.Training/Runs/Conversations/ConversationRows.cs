using System.Text;

using Weft.Data;
using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <summary>The conversations of a recipe's task, by split, all of them with an answer to learn.</summary>
internal sealed record ConversationRows
{
    /// <summary>What a model from nothing speaks.</summary>
    private const string UsualTemplate = "chatml";

    /// <summary>All splits, in the order of <see cref="DataSplit"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<Conversation>> Splits { get; init; }

    /// <summary>Conversations that were left out since an equal one had come before.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Rows that cannot be used.</summary>
    public required IReadOnlyList<BadRow> Bad { get; init; }

    /// <summary>Conversations that are used, and those that were left out.</summary>
    public int Read => Splits.Sum(split => split.Count) + Duplicates + Bad.Count;

    /// <summary>Reads the conversations of a recipe, and fills in the template that it does not name.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The recipe as it is, and null, where it has no conversations.</returns>
    /// <exception cref="InvalidDataException">A row is wrong, or there are too few; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static (Recipe Recipe, ConversationRows? Rows) Begin(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        if (recipe.Task is not { Kind: TaskKind.Conversation } task)
            return (recipe, null);
        RecipeRange.Check(recipe);
        task.Check();
        task.RequireTemplate();
        List<BadRow> bad = [];
        (List<Conversation>[] splits, int duplicates) = TaskSplit.Of<Conversation>(task, paths => ReadFiles(task, paths, bad, cancellation), AskedFirst, Whole);
        ConversationRows rows = new() { Splits = splits, Duplicates = duplicates, Bad = bad };
        BadRow.Judge(bad, task.BadRows, rows.Read, observer);
        string files = string.Join(", ", task.Files);
        if (splits[0].Count == 0)
            throw new InvalidDataException($"{files} hold no conversation to learn from; give files with some");
        if (splits[1].Count == 0)
            throw new InvalidDataException(FormattableString.Invariant($"none of the {splits[0].Count} conversations of {files} was held out; give more, a larger task.validation-share, or task.validation"));
        rows.Describe(observer);
        return (recipe with { Task = task.Template is null && recipe.Training.InitFrom is null ? task with { Template = UsualTemplate } : task }, rows);
    }

    /// <summary>The messages of a conversation.</summary>
    public static ChatMessage[] MessagesOf(Conversation conversation) => [.. conversation.Turns.Select(turn => new ChatMessage(turn.Role, turn.Text))];

    /// <summary>The splits as texts, for the training of a tokenizer and the statistics.</summary>
    /// <param name="textOf">The text of a conversation.</param>
    public Corpus ToCorpus(Func<Conversation, string> textOf)
    {
        TextDocument[][] texts = [.. Splits.Select(split => split.Select(conversation => new TextDocument(textOf(conversation), conversation.Source)).ToArray())];
        SplitStatistics[] sizes = [.. texts.Select(split => new SplitStatistics(
            split.Length, split.Sum(text => (long)text.Text.Length), split.Sum(text => (long)Encoding.UTF8.GetByteCount(text.Text))))];
        return new(texts[0], texts[1], texts[2], new(Read, Duplicates, sizes[0], sizes[1], sizes[2]));
    }

    private static List<Conversation> ReadFiles(TaskRecipe task, IReadOnlyList<string> paths, List<BadRow> bad, CancellationToken cancellation)
    {
        List<Conversation> usable = [];
        foreach (Conversation conversation in ConversationFiles.Read(TextFiles.Expand(paths), task.Conversations, cancellation))
            if (conversation.Problem is { } problem)
                bad.Add(new(conversation.Source, problem));
            else
                usable.Add(conversation);
        return usable;
    }

    /// <summary>Conversations are held out by their first question, so that no held-out one was learnt, whatever its answer.</summary>
    private static string AskedFirst(Conversation conversation) =>
        string.Join('\0', conversation.Turns.TakeWhile(turn => turn.Role != ConversationTurn.Assistant).Select(turn => turn.Text));

    private static string Whole(Conversation conversation) => string.Join('\0', conversation.Turns.Select(turn => $"{turn.Role}\0{turn.Text}"));

    private void Describe(IRunObserver observer)
    {
        observer.Info(FormattableString.Invariant(
            $"{Splits[0].Count:N0} conversations to train, {Splits[1].Count:N0} validation, {Splits[2].Count:N0} test; {Duplicates:N0} exact duplicates dropped"));
        int answers = Splits[0].Sum(conversation => conversation.Turns.Count(turn => turn.Role == ConversationTurn.Assistant && turn.IsLearnt));
        int prompted = Splits[0].Count(conversation => conversation.Turns[0].Role == ConversationTurn.System);
        observer.Info(FormattableString.Invariant($"{answers:N0} answers to learn; {prompted:N0} conversations begin with a system prompt"));
        HashSet<string> learnt = [.. Splits[0].Select(AskedFirst)];
        int shared = Splits.Skip(1).Sum(split => split.Count(conversation => learnt.Contains(AskedFirst(conversation))));
        if (shared > 0)
            observer.Info(FormattableString.Invariant($"{shared:N0} held-out conversations begin with a question that is learnt too, so that the figures flatter the model"));
    }
}
